"""The shapes of what the API takes and tells; its document is written from them."""
