package console

import (
	"errors"
	"net/http"
	"slices"
	"time"

	"github.com/mycarerecord/mcr/collect"
	"github.com/mycarerecord/mcr/console/page"
	"github.com/mycarerecord/mcr/decision"
	"github.com/mycarerecord/mcr/legible"
)

// asking is the form on which a patient's answer is recorded.
type asking struct {
	Answer, How, For, HowLong string
	Sensitive                 bool
	ends                      time.Time
}

// lasting is how long a permission may be given for.
type lasting struct {
	Code string
	Ends time.Time
}

// LastDay is the last day that is wholly in it.
func (l lasting) LastDay() time.Time { return l.Ends.Add(-time.Second) }

// lastings are the three choices, each with its end: the next hour, until tomorrow,
// this episode of care. No choice runs longer than the region allows, and whatever
// was chosen ends with the care relationship.
func lastings(now time.Time, settings decision.Settings) []lasting {
	tomorrow := now.In(page.London).AddDate(0, 0, 1)
	endOfTomorrow := time.Date(tomorrow.Year(), tomorrow.Month(), tomorrow.Day()+1, 0, 0, 0, 0, page.London)
	all := []lasting{{"view", now.Add(time.Hour)}, {"tomorrow", endOfTomorrow}, {"episode", now.AddDate(0, 0, 90)}}
	longest := now.Add(time.Duration(settings.Permission.LongestHours) * time.Hour)
	return slices.DeleteFunc(all, func(l lasting) bool { return settings.Permission.LongestHours > 0 && l.Ends.After(longest) })
}

// askPage is the page that says what to ask, and takes the answer.
type askPage struct {
	patient
	asking
	Why      *told
	Opted    *told
	Ways     []string
	Lastings []lasting
	Faults   []string // names of what is wrong; the words are the template's
	Refused  *collect.Reason
	Unsure   bool
	Who      *page.Person
	standing // what this professional was answered: from the record it is two clicks to withdraw a permission
}

// Has says that something is wrong with a field.
func (v askPage) Has(fault string) bool { return slices.Contains(v.Faults, fault) }

func (c *Console) settings() decision.Settings {
	if rev := c.cfg.Engine.Revision(); rev != nil {
		return rev.Settings()
	}
	return decision.Settings{}
}

func (c *Console) askPageOf(who *page.Person, p patient) askPage {
	settings := c.settings()
	v := askPage{patient: p, Who: who, Ways: settings.Permission.WaysToAsk, Lastings: lastings(c.cfg.Clock(), settings)}
	if opted, ok := p.found.OptedOut(); ok {
		v.Opted = &opted
	}
	v.standing = p.now // when it cannot be looked up, the page that withdraws says so
	// What the sources said when this patient was looked up is not said of an answer
	// that was recorded since: perhaps on another screen.
	why, ok := p.found.Asks()
	if ok && v.SaidNo.IsZero() && !v.Withdrew && len(v.Held) == 0 && (why.Code != "permission-needed" || !v.Any) {
		v.Why = &why
	}
	return v
}

func (c *Console) askPage(w http.ResponseWriter, r *http.Request, who *page.Person, p patient) {
	if c.confirmed(w, r, p) {
		c.render(w, r, who, http.StatusOK, "ask", c.askPageOf(who, p))
	}
}

// ask records what the patient said, yes or no, with a broker.
func (c *Console) ask(w http.ResponseWriter, r *http.Request, who *page.Person, p patient) {
	if !c.confirmed(w, r, p) {
		return
	}
	v := c.askPageOf(who, p)
	v.asking = asking{Answer: r.PostForm.Get("answer"), How: r.PostForm.Get("how"), For: words(r.PostForm.Get("for")),
		HowLong: r.PostForm.Get("how-long"), Sensitive: r.PostForm.Get("sensitive") == "yes"}
	v.judge()
	if len(v.Faults) > 0 {
		c.render(w, r, who, http.StatusUnprocessableEntity, "ask", v)
		return
	}
	now := c.cfg.Clock()
	id, err := c.post(r.Context(), who, c.recordingAt(who, p.found), v.consent(who, p.Number, now))
	if c.notRecorded(err, &v.Refused, &v.Unsure) {
		c.log(r, "a patient's answer was not recorded", err)
		c.render(w, r, who, statusOf(v.Unsure), "ask", v)
		return
	}
	if v.Answer == "no" {
		lookedUp(who).note(p.Ref, func(p *patient) { p.said, p.refused, p.recorded = "no", now, nil })
		if len(v.Held) > 0 || !v.Known {
			// What a permission opened is not ours to show any more, the name included.
			c.again(r, who, p)
		}
		http.Redirect(w, r, c.cfg.Path+"/patients/"+p.Ref, http.StatusSeeOther)
		return
	}
	lookedUp(who).note(p.Ref, func(p *patient) {
		p.said, p.refused = "", time.Time{}
		p.recorded = append(p.recorded, answer{ID: id, Given: now, Ends: v.ends, How: v.How, For: v.For, Sensitive: v.Sensitive})
	})
	c.toTheRecord(w, r, who, p)
}

// toTheRecord leads to the record, when what may be shown now is this patient's.
func (c *Console) toTheRecord(w http.ResponseWriter, r *http.Request, who *page.Person, p patient) {
	if _, right := c.again(r, who, p); !right {
		c.render(w, r, who, http.StatusConflict, "fault", "not-this-patient")
		return
	}
	http.Redirect(w, r, c.cfg.Path+"/patients/"+p.Ref+"/record", http.StatusSeeOther)
}

// judge finds what is missing, and the end that was chosen.
func (v *askPage) judge() {
	wrong := func(is bool, what string) {
		if is {
			v.Faults = append(v.Faults, what)
		}
	}
	yes := v.Answer == "yes"
	wrong(!yes && v.Answer != "no", "answer")
	wrong(!slices.Contains(v.Ways, v.How), "how")
	wrong(!legible.Words(v.For) && (yes || v.For != ""), "for")
	wrong(len(v.For) > mostWords, "for-long")
	for _, l := range v.Lastings {
		if l.Code == v.HowLong {
			v.ends = l.Ends
		}
	}
	wrong(yes && v.ends.IsZero(), "how-long")
}

// notRecorded tells a refusal from not knowing.
func (c *Console) notRecorded(err error, refused **collect.Reason, unsure *bool) bool {
	var said *refusal
	switch {
	case err == nil:
		return false
	case errors.As(err, &said):
		*refused = &said.Reason
	default:
		*unsure = true
	}
	return true
}

// statusOf is the status of a page that says that something was not recorded.
func statusOf(unsure bool) int {
	if unsure {
		return http.StatusBadGateway
	}
	return http.StatusForbidden
}

// wayText is how a patient was asked, in words; a way that a region added stands as
// it is written there.
func wayText(code string) string {
	switch code {
	case "in-person":
		return "In person"
	case "telephone":
		return "By telephone"
	case "video":
		return "By video"
	}
	return code
}
