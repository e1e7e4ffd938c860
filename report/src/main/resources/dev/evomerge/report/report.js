// Points of the Pareto front: one tab stop per drawing, arrow keys between them, and the selected recipe below. Without this the points are links.
const view = document.getElementById("front-view");
if (view) {
  const points = [...view.querySelectorAll("a[data-member]")];
  const rows = [...document.querySelectorAll("#front-table tr[data-member]")];
  const output = document.getElementById("front-selected");
  const of = (nodes, id) => nodes.filter((node) => node.dataset.member === id);
  const siblings = (point) => points.filter((each) => each.ownerSVGElement === point.ownerSVGElement);
  const reach = (point) => siblings(point).forEach((each) => each.setAttribute("tabindex", each === point ? "0" : "-1"));
  const select = (id) => {
    [...points, ...rows].forEach((node) => node.removeAttribute("aria-current"));
    [...of(points, id), ...of(rows, id)].forEach((node) => node.setAttribute("aria-current", "true"));
    const title = document.createElement("p");
    title.textContent = of(points, id)[0].getAttribute("aria-label");
    const recipe = of(rows, id)[0].querySelector("pre").cloneNode(true);
    recipe.tabIndex = 0;
    output.replaceChildren(title, recipe);
  };
  const x = (point) => point.querySelector(".point").cx.baseVal.value;
  points.forEach((point) => {
    const panel = siblings(point).sort((a, b) => x(a) - x(b));
    point.addEventListener("click", (event) => {
      event.preventDefault();
      reach(point);
      select(point.dataset.member);
    });
    point.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1 }[event.key];
      const next = step && panel[panel.indexOf(point) + step];
      if (event.key === " ") {
        event.preventDefault();
        select(point.dataset.member);
      } else if (next) {
        event.preventDefault();
        reach(next);
        next.focus();
        select(next.dataset.member);
      }
    });
  });
  rows.forEach((row) => row.addEventListener("click", (event) => {
    if (!event.target.closest("summary, pre")) {
      select(row.dataset.member);
    }
  }));
  view.querySelectorAll("svg").forEach((panel) => reach(panel.querySelector("a[data-member]")));
}
