(() => {
  const specs = JSON.parse(document.getElementById("specs").textContent);
  const options = { actions: false, renderer: "svg", ast: true, tooltip: { theme: "custom" } };
  for (const [id, spec] of Object.entries(specs)) {
    const place = document.getElementById(id);
    if (place) vegaEmbed(place, spec, options).catch((error) => { place.textContent = String(error); });
  }
  for (const head of document.querySelectorAll("table.sortable th button")) {
    head.addEventListener("click", () => sort(head.closest("th")));
  }
  function sort(cell) {
    const up = cell.getAttribute("aria-sort") === "descending";
    for (const other of cell.parentNode.children) other.removeAttribute("aria-sort");
    cell.setAttribute("aria-sort", up ? "ascending" : "descending");
    const column = [...cell.parentNode.children].indexOf(cell);
    const body = cell.closest("table").tBodies[0];
    const value = (row) => row.cells[column].dataset.value ?? "";
    const rows = [...body.rows].sort((a, b) => {
      const [x, y] = [value(a), value(b)];
      if (x === "" || y === "") return (x === "") - (y === "");
      const order = isNaN(x) || isNaN(y) ? x.localeCompare(y) : x - y;
      return up ? order : -order;
    });
    body.append(...rows);
  }
  const more = document.getElementById("more");
  if (more) more.addEventListener("click", () => {
    document.getElementById("mailings").classList.add("all");
    more.remove();
  });
})();
