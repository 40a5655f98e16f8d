"""The JSON API: tokens, reading, writing, its document, and webhooks."""
