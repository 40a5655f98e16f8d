// A row of tabs that is wider than the screen begins with the one that is shown.
const list = document.querySelector(".subnav");
const current = list?.querySelector("[aria-current]");

if (current) {
  const middle = current.offsetLeft + current.offsetWidth / 2 - list.offsetLeft;
  list.scrollLeft = middle - list.clientWidth / 2;
}
