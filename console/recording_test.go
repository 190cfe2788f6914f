package console_test

import (
	"strings"
	"testing"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/collect"
)

// An answer stands in the trail of an organisation that has to do with it.
func TestWhereAnAnswerIsRecorded(t *testing.T) {
	g := newRegion(t)
	s := g.signIn("consultant")
	g.find(s, g.patient("permission"))
	at := here(s)
	s.Submit(at, right)
	s.Submit(at+"/ask", yes())
	g.recordedAt(access.RecordPermission, "RZ1") // which holds a record, and is the consultant's
	s.Open(g.address+at).Shows(200, "Riverside Surgery")
	s.Open(g.address+at+"/withdraw").Submit(at+"/withdraw", nil).Shows(200, "The permission is withdrawn")
	holder := ""
	for _, src := range g.described.Sources {
		if src.ID == g.patient("permission").GP {
			holder = src.ODS
		}
	}
	g.recordedAt(access.Withdraw, holder) // the practice, whose record it opened
}

// recordedAt says that there is one record of an action, at an organisation.
func (g *region) recordedAt(action access.Action, organisation string) {
	g.t.Helper()
	all := g.records(action)
	if len(all) != 1 || all[0].Outcome != audit.Released || all[0].SourceOrg != organisation {
		g.t.Fatalf("want one %s at %s, the trail has %+v", action, organisation, all)
	}
}

func TestWhichBrokerIsTold(t *testing.T) {
	const born = "1958-02-01"
	at := func(id, ods, kind string, p collect.Part) collect.Part {
		p.Source = source(id, id, ods)
		p.Source.Kind = kind
		return p
	}
	needed := refused("permission-needed", "Ask the patient.")
	host := at("a-host", "RZ8", "nhs-111", needed)
	cases := map[string]struct {
		parts []collect.Part
		want  string
	}{
		"a practice that holds the record": {[]collect.Part{host, at("hospital", "RZ1", "acute", known("Ann", born)), at("practice", "Z91001", "gp", known("Ann", born))}, "practice"},
		"a practice that withheld something": {[]collect.Part{host, at("hospital", "RZ1", "acute", known("Ann", born)),
			at("practice", "Z91001", "gp", bare(collect.Withheld))}, "practice"},
		"not a practice that refuses":     {[]collect.Part{host, at("practice", "Z91001", "gp", needed), at("hospital", "RZ1", "acute", known("Ann", born))}, "hospital"},
		"the own one of two that hold it": {[]collect.Part{host, at("council", "505", "council", known("Ann", born)), at("hospital", "RZ1", "acute", known("Ann", born))}, "hospital"},
		"another that holds it":           {[]collect.Part{host, at("council", "505", "council", known("Ann", born)), at("hospital", "RZ1", "acute", bare(collect.NoRecord))}, "council"},
		"not one with another date of birth": {[]collect.Part{host, at("practice", "Z91001", "gp", known("Zoe", "1970-01-01")),
			at("council", "505", "council", known("Ann", born))}, "council"},
		"not one that broke off":           {[]collect.Part{host, at("practice", "Z91001", "gp", with(known("Ann", born), collect.TimedOut)), at("hospital", "RZ1", "acute", needed)}, "hospital"},
		"the own one, though it asks":      {[]collect.Part{host, at("hospital", "RZ1", "acute", needed)}, "hospital"},
		"one that asks, without the own":   {[]collect.Part{at("a-council", "505", "council", bare(collect.NoRecord)), host}, "a-host"},
		"one that asks, the own being off": {[]collect.Part{at("hospital", "RZ1", "acute", bare(collect.Failed)), host}, "a-host"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			k := newKit(t, nil)
			broker, got := consents(t, taken)
			for i := range c.parts {
				c.parts[i].Source.Broker = broker.URL + "/" + c.parts[i].Source.ID
			}
			s := k.looked(c.parts...)
			to := here(s)
			s.Submit(to, right)
			s.Open(k.address+to+"/ask").Submit(to+"/ask", no).Shows(200, "The patient said no")
			if len(*got) != 1 || !strings.HasPrefix((*got)[0], "POST /"+c.want+"/Consent ") {
				t.Errorf("the brokers got %v, want it at %s", *got, c.want)
			}
		})
	}
}

func with(p collect.Part, s collect.Status) collect.Part {
	p.Status = s
	return p
}
