package demo

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/mycarerecord/mcr/internal/demo/people"
)

// DescribedProcess is one of several processes with brokers.
type DescribedProcess struct {
	ID      string   `json:"id"`      // what it is called in records
	Process int      `json:"process"` // its number on this machine
	Brokers string   `json:"brokers"` // its address, below which each of its sources is
	Sources []string `json:"sources"` // by id
	Metrics string   `json:"metrics"`
}

// Divide gives each of so many processes its sources, by id: in turn, so that neighbours in the
// list are in different processes.
func (r *Region) Divide(processes int) [][]string {
	all := make([][]string, processes)
	for i, s := range r.sources {
		all[i%processes] = append(all[i%processes], s.ID)
	}
	return all
}

// Moved tells of sources whose brokers are in processes of their own.
func (d Description) Moved(processes []DescribedProcess) Description {
	d.Processes = processes
	d.Sources = slices.Clone(d.Sources)
	for i, s := range d.Sources {
		for _, p := range processes {
			if slices.Contains(p.Sources, s.ID) {
				d.Sources[i].FHIR = p.Brokers + "/" + s.ID + "/fhir"
			}
		}
	}
	return d
}

// Second are commands that show, in a region of several processes, that what is said at one holds
// at another: a permission is recorded and withdrawn at one broker, and another is asked. None when
// all brokers are in one process. Each is for the same shell, in this order.
func Second(d Description, now time.Time) []Command {
	if len(d.Processes) < 2 {
		return nil
	}
	ask := steps[slices.IndexFunc(steps, func(s step) bool { return s.number == 4 })]
	patient, _ := d.flagged(people.AsksPermission)
	member, _ := d.member(ask.who)
	asked, _ := d.source(ask.source)
	said, ok := d.elsewhere(ask.source)
	if !ok {
		return nil
	}
	say := func(b body) string { // the shell knows which permission
		return strings.ReplaceAll(quote(string(b.write(patient, member, "PERMISSION", now))), "PERMISSION", `'"$P"'`)
	}
	const code = ` -o /dev/null -w '%{http_code}\n'`
	bearer := ` -H "Authorization: Bearer $T"`
	post := bearer + " -H 'Content-Type: application/fhir+json' -d "
	look := "curl -s" + code + bearer + " " + quote(ask.address(asked, patient))
	return []Command{
		{1, member.Name + " signs in", fmt.Sprintf("T=$(curl -s -X %s %s/cast/%s/token)", http.MethodPost, d.Issuer, ask.who)},
		{2, "The patient says yes, at " + said.Name, "P=$(curl -s" + post + say(permission) + " " + quote(said.FHIR+"/Consent") + ` | sed 's/.*"id":"\([^"]*\)".*/\1/'); echo $P`},
		{3, asked.Name + ", in another process, lets " + member.Name + " in: 200", look},
		{4, "The patient says no, at " + said.Name + "; " + asked.Name + " is asked at once, and ten times in the second after: 403",
			"curl -s" + code + post + say(withdrawal) + " " + quote(said.FHIR+"/Consent") +
				"; for i in 1 2 3 4 5 6 7 8 9 10; do date +%T.%N; " + look + "; sleep 0.1; done"},
	}
}

// elsewhere finds a source whose broker is in another process than one source's.
func (d Description) elsewhere(than string) (DescribedSource, bool) {
	for _, p := range d.Processes {
		if !slices.Contains(p.Sources, than) && len(p.Sources) > 0 {
			return d.source(p.Sources[0])
		}
	}
	return DescribedSource{}, false
}
