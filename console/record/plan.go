package record

import (
	"cmp"
	"strings"
)

// lifeStatus marks the status that plans, teams, goals, episodes, requests and
// tasks have.
func (l *Line) lifeStatus(status node) {
	switch status.raw() {
	case "active", "in-progress", "accepted", "on-hold", "planned", "waitlist", "proposed", "requested", "received", "ready", "suspended", "draft", "arrived", "triaged", "onleave":
		tone := Heed
		if status.raw() == "active" || status.raw() == "in-progress" {
			tone = Good
		}
		l.mark(state(status), tone)
	case "completed", "finished", "inactive":
		l.Standing = Past
		l.mark(state(status), Plain)
	case "revoked", "cancelled", "rejected", "not-done", "failed", "stopped":
		l.Standing = Undone
		l.mark(state(status), Heed)
	case "entered-in-error":
		l.Standing = Wrong
		l.mark("Entered in error", Alarm)
	case "":
		l.mark("Status not given", Heed)
	default:
		l.mark(state(status), Heed)
	}
}

func readPlan(e *entry) *Line {
	l := e.line("Care plan", cmp.Or(e.get("title").text(), concept(e.get("category")), "Care plan without a title"))
	l.lifeStatus(e.get("status"))
	if intent := e.get("intent").raw(); intent != "plan" && intent != "" && intent != "order" {
		l.mark(state(e.get("intent")), Heed)
	}
	l.at("Began", when(e.get("period", "start")))
	if end := when(e.get("period", "end")); end.Given() {
		l.fact("Until", end.String())
	}
	l.at("Written", when(e.get("created")))
	if kind := concept(e.get("category")); kind != l.Title {
		l.fact("Kind", kind)
	}
	l.fact("Description", e.get("description").prose())
	l.fact("For", join(", ", e.names(e.get("addresses"))))
	for _, g := range e.get("goal").list() {
		if found, ok := e.find(g); ok {
			l.fact("Goal", cmp.Or(concept(found.get("description")), "a goal without words"))
		} else {
			l.fact("Goal", e.named(g))
		}
	}
	for _, a := range e.get("activity").list() {
		d := a.get("detail")
		text := cmp.Or(d.get("description").prose(), concept(d.get("code")), e.named(a.get("reference")))
		if d.get("doNotPerform").yes() {
			text = "Do NOT do: " + text
		}
		if status := d.get("status").raw(); status != "" && text != "" {
			text += " (" + lower(state(d.get("status"))) + ")"
		}
		l.fact("What is done", text)
		for _, p := range a.get("progress").list() {
			l.fact("Progress", p.get("text").prose())
		}
	}
	l.fact("Care team", e.names(e.get("careTeam")))
	l.fact("Written by", e.named(e.get("author")))
	l.notes(e)
	return l
}

func readTeam(e *entry) *Line {
	l := e.line("Care team", cmp.Or(e.get("name").text(), concept(e.get("category")), "Care team"))
	l.lifeStatus(e.get("status"))
	l.at("Since", when(e.get("period", "start")))
	if end := when(e.get("period", "end")); end.Given() {
		l.fact("Until", end.String())
	}
	for _, p := range e.get("participant").list() {
		text := join(", ", e.named(p.get("member")), concept(p.get("role")))
		if found, ok := e.find(p.get("member")); ok {
			text = join(", ", text, phones(found))
		}
		l.fact("Member", text)
	}
	l.fact("Organisation", e.names(e.get("managingOrganization")))
	l.fact("Telephone", phones(e.whole("telecom")))
	l.notes(e)
	return l
}

func readGoal(e *entry) *Line {
	l := e.line("Goal", cmp.Or(concept(e.get("description")), "Goal whose words did not come"))
	l.lifeStatus(e.get("lifecycleStatus"))
	l.at("Began", when(e.get("startDate")))
	l.at("Since", when(e.get("statusDate")))
	l.fact("How it goes", concept(e.get("achievementStatus")))
	for _, t := range e.get("target").list() {
		l.fact("Target", join(", ", concept(t.get("measure")), values(t, "detail"), values(t, "due")))
	}
	l.fact("Set by", e.named(e.get("expressedBy")))
	l.notes(e)
	return l
}

func readEpisode(e *entry) *Line {
	l := e.line("Episode of care", cmp.Or(concept(e.get("type")), "Episode of care"))
	l.lifeStatus(e.get("status"))
	l.at("Since", when(e.get("period", "start")))
	if end := when(e.get("period", "end")); end.Given() {
		l.fact("Until", end.String())
	}
	l.fact("Organisation", e.named(e.get("managingOrganization")))
	l.fact("Care manager", e.named(e.get("careManager")))
	return l
}

func readEncounter(e *entry) *Line {
	l := e.line("Visit", cmp.Or(concept(e.get("type")), concept(e.get("serviceType")), concept(e.get("reasonCode")), "Visit"))
	class := codeOf(e.get("class"))
	if words, ok := encounterClasses[class]; ok {
		l.Kind = words
	} else if words := concept(e.get("class")); words != "" {
		l.Kind = upper(words)
	}
	if status := e.get("status"); status.raw() == "in-progress" {
		l.mark("Going on now, says the source", Good)
	} else {
		l.lifeStatus(status)
		l.Marks = drop(l.Marks, "Finished")
	}
	l.at("On", when(e.get("period", "start")))
	l.till(l.When, when(e.get("period", "end")))
	if kind := concept(e.get("type")); kind == l.Title {
		l.fact("Reason", join(", ", concept(e.get("reasonCode")), e.names(e.get("reasonReference"))))
	}
	for _, d := range e.get("diagnosis").list() {
		l.fact("Diagnosis", e.named(d.get("condition")))
	}
	l.fact("With", e.names(e.get("participant"), "individual"))
	l.fact("Where", e.names(e.get("location"), "location"))
	l.fact("Sent by", concept(e.get("hospitalization", "admitSource")))
	l.fact("Sent to", concept(e.get("hospitalization", "dischargeDisposition")))
	l.fact("Organisation", e.named(e.get("serviceProvider")))
	return l
}

// encounterClasses are HL7 v3 ActEncounterCode in the words of the NHS.
var encounterClasses = map[string]string{
	"AMB": "Outpatient or clinic visit", "EMER": "Emergency department", "FLD": "Ambulance or field", "HH": "Home visit", "IMP": "Hospital stay",
	"ACUTE": "Hospital stay", "NONAC": "Hospital stay", "OBSENC": "Observation stay", "PRENC": "Before admission", "SS": "Day case", "VR": "Telephone or video",
}

// phones lists how somebody can be reached by telephone, newest use first as given.
func phones(n node) string {
	var all []string
	for _, t := range n.get("telecom").list() {
		if t.get("use").raw() == "old" {
			continue
		}
		if text := t.get("value").text(); text != "" {
			if use := t.get("use").raw(); use == "work" || use == "home" || use == "mobile" {
				text += " (" + use + ")"
			}
			all = append(all, text)
		}
	}
	return strings.Join(all, ", ")
}
