/* A list: what Cognito says later than the rows are shown, what is newer, and a selection over its pages. */
"use strict";

(() => {
    const form = document.getElementById("changelist-form");
    if (!form) return;

    /* Return the site's answer as JSON, or null if there is none. */
    async function ask(address, options) {
        try {
            const response = await fetch(address, { headers: { Accept: "application/json" }, ...options });
            const isJson = response.headers.get("Content-Type") === "application/json";
            return response.ok && isJson ? await response.json() : null;
        } catch {
            return null; // the page shows what it has
        }
    }

    /* What only Cognito knows: for each kind one request, and another while cells are missing. */

    const late = [...document.querySelectorAll(".late")];
    if (late.length) {
        // Once the rows are drawn; a tab that nobody looks at asks for nothing.
        requestAnimationFrame(() => window.setTimeout(showLate));
        window.addEventListener("pageshow", (event) => {
            if (event.persisted && document.querySelector("[data-late]")) showLate();
        });
    }

    async function showLate() {
        const left = new AbortController();
        window.addEventListener("pagehide", () => left.abort(), { once: true });
        // One after the other, so that the groups do not wait for the rest.
        for (const each of late) {
            await showCells(each, left.signal);
            if (left.signal.aborted) return;
        }
    }

    async function showCells(asked, signal) {
        let missing = Infinity; // how many cells of the last answer have nothing yet
        for (;;) {
            const answer = await ask(asked.dataset.address, {
                method: "POST",
                headers: {
                    Accept: "application/json",
                    "X-CSRFToken": form.elements.namedItem("csrfmiddlewaretoken").value,
                },
                body: new URLSearchParams({ rows: asked.dataset.rows, tab: nameOfTab() }),
                signal,
            });
            if (signal.aborted) return;
            const cells = answer ? answer.cells : [];
            const without = answer ? cells.filter((cell) => cell === null).length : 0;
            const isOver = !answer || !without || without >= missing;
            for (const each of document.querySelectorAll(`[data-of="${asked.id}"]`)) {
                // The site has escaped what it answers, as in the page itself.
                const cell = cells[Number(each.dataset.late)] ?? (isOver ? asked.innerHTML : null);
                if (cell !== null) each.outerHTML = cell;
            }
            if (answer?.choices) showChoices(answer.choices);
            if (answer?.note) document.getElementById("drift-note").textContent = answer.note;
            if (isOver) return;
            missing = without;
        }
    }

    /* Return a name that the tab keeps, so that the site asks no more for a page it has left. */
    function nameOfTab() {
        const name = sessionStorage.getItem("tab") ?? String(Math.random());
        sessionStorage.setItem("tab", name);
        return name;
    }

    /* Replace the choices of the filter by group. */
    function showChoices(html) {
        const answer = new DOMParser().parseFromString(html, "text/html").querySelector("details");
        if (!answer) return;
        const title = CSS.escape(answer.dataset.filterTitle);
        const shown = document.querySelector(`#changelist-filter [data-filter-title="${title}"] ul`);
        if (shown) shown.replaceWith(answer.querySelector("ul"));
    }

    /* What is newer: asked for once a minute at most, while somebody may be looking. */

    const MINUTE = 60_000; // milliseconds
    const newer = document.getElementById("newer");
    if (newer) {
        let asked = Date.now();
        const askIfDue = async () => {
            if (document.hidden || Date.now() - asked < MINUTE - 1000) return; // a timer may be early
            asked = Date.now();
            const answer = await ask(newer.dataset.address);
            if (answer && answer.words && !newer.textContent.startsWith(`${answer.words}:`)) announce(answer.words);
        };
        window.setInterval(askIfDue, MINUTE);
        document.addEventListener("visibilitychange", askIfDue);
    }

    function announce(words) {
        const link = document.createElement("a");
        link.href = newer.dataset.list;
        link.textContent = "show";
        newer.replaceChildren(`${words}: `, link);
    }

    /* The selection: the rows that are ticked on other pages of the same list. */

    const selection = document.getElementById("selection");
    if (selection) keepSelection();

    function keepSelection() {
        const NAME = "_selected_action";
        const MOST = 500; // on other pages, as the site takes a thousand fields at most
        const boxes = [...form.querySelectorAll(`tbody input[name="${NAME}"]`)];
        const here = new Set(boxes.map((box) => box.value));
        const key = `selected:${location.pathname}?${listOf(location.search)}`;
        const before = new Set(read());
        let others = [...before].filter((id) => !here.has(id));

        for (const box of boxes) if (before.has(box.value)) tick(box, true);
        form.addEventListener("click", update);
        form.addEventListener("change", update);
        form.addEventListener("submit", send);
        window.addEventListener("pageshow", update); // when the browser has restored ticks
        update();

        /* Return what the list is limited to, whatever its page and order. */
        function listOf(search) {
            const parameters = new URLSearchParams(search);
            for (const name of ["p", "o", "e"]) parameters.delete(name);
            parameters.sort();
            return parameters.toString();
        }

        function read() {
            try {
                const kept = JSON.parse(sessionStorage.getItem(key));
                return Array.isArray(kept) ? kept.map(String) : [];
            } catch {
                return []; // not written by this script
            }
        }

        function tick(box, isOn) {
            box.checked = isOn;
            box.closest("tr").classList.toggle("selected", isOn);
        }

        function update() {
            const ticked = boxes.filter((box) => box.checked).map((box) => box.value);
            const all = [...others, ...ticked];
            if (all.length) sessionStorage.setItem(key, JSON.stringify(all.slice(0, MOST)));
            else sessionStorage.removeItem(key);
            if (!others.length) selection.replaceChildren();
            else say(`${all.length} selected, ${others.length} of them on other pages`, all.length > MOST);
        }

        function say(words, isTooMany) {
            const most = isTooMany ? ` (only ${MOST} are kept when you turn the page)` : "";
            const text = `${words}${most}; `;
            if (selection.firstChild?.textContent === text) return; // or it would be read out again
            const clear = document.createElement("button");
            clear.type = "button";
            clear.textContent = "clear";
            clear.addEventListener("click", () => {
                others = [];
                for (const box of boxes) if (box.checked) box.click(); // so that the admin counts too
                update();
            });
            selection.replaceChildren(text, clear);
        }

        /* Name the rows of the other pages too, and begin anew once an action has them. */
        function send(event) {
            if (event.submitter?.name !== "index" || !form.elements.namedItem("action")?.value) return;
            for (const id of others) {
                const field = document.createElement("input");
                Object.assign(field, { type: "hidden", name: NAME, value: id });
                form.append(field);
            }
            sessionStorage.removeItem(key);
        }
    }
})();
