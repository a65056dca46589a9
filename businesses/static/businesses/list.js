/* The list: groups that come later than the rows. Without this script the page waits for them. */
"use strict";

(() => {
    const form = document.getElementById("changelist-form");
    if (!form) return;

    /* Send something to the site; return its answer as JSON, or null if there is none. */
    async function ask(address, options) {
        try {
            const response = await fetch(address, { headers: { Accept: "application/json" }, ...options });
            const isJson = response.headers.get("Content-Type") === "application/json";
            return response.ok && isJson ? await response.json() : null;
        } catch {
            return null; // the page shows what it has
        }
    }

    const late = document.getElementById("late-groups");
    if (late) showGroups();
    window.addEventListener("pageshow", (event) => {
        if (event.persisted && document.querySelector("[data-late]")) showGroups();
    });

    async function showGroups() {
        const left = new AbortController();
        window.addEventListener("pagehide", () => left.abort(), { once: true });
        const answer = await ask(late.dataset.address, {
            method: "POST",
            headers: {
                Accept: "application/json",
                "X-CSRFToken": form.elements.namedItem("csrfmiddlewaretoken").value,
            },
            body: new URLSearchParams({ owners: late.dataset.owners }),
            signal: left.signal,
        });
        if (left.signal.aborted) return;
        for (const each of document.querySelectorAll("[data-late]")) {
            // The site has escaped what it answers, as in the page itself.
            each.outerHTML = answer ? answer.cells[Number(each.dataset.late)] : late.innerHTML;
        }
        if (answer) showChoices(answer.choices);
    }

    /* Replace the choices of the filter by group. */
    function showChoices(html) {
        const answer = new DOMParser().parseFromString(html, "text/html").querySelector("details");
        if (!answer) return;
        const title = CSS.escape(answer.dataset.filterTitle);
        const shown = document.querySelector(`#changelist-filter [data-filter-title="${title}"] ul`);
        if (shown) shown.replaceWith(answer.querySelector("ul"));
    }
})();
