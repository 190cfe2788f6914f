package rules

import (
	"net/http"

	"github.com/mycarerecord/mcr/console/page"
	"github.com/mycarerecord/mcr/decision/book"
	"github.com/mycarerecord/mcr/decision/cases"
)

// casesPage is all cases, or those of one rule or result.
type casesPage struct {
	opened
	Rule, Result string // what was asked for; "" is everything
	Files        []book.CaseFile
	Shown        int
}

func (m *Room) cases(w http.ResponseWriter, r *http.Request, who *page.Person) {
	o, ok := m.open(w, r, who, "cases")
	if !ok {
		return
	}
	p := casesPage{opened: o, Rule: r.FormValue("rule"), Result: r.FormValue("result")}
	if p.Result != "passed" && p.Result != "failed" {
		p.Result = ""
	}
	if _, known := o.Book.Rule(p.Rule); !known {
		p.Rule = ""
	}
	from := o.Book.Cases
	if p.Rule != "" {
		from = o.Book.CasesOf(p.Rule)
	}
	var shown []cases.Result
	for _, c := range from {
		if p.Result == "" || c.Passed == (p.Result == "passed") {
			shown = append(shown, c)
		}
	}
	p.Files, p.Shown = book.ByFile(shown), len(shown)
	m.pages.Render(w, r, who, http.StatusOK, "cases", p)
}
