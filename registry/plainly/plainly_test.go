package plainly_test

import (
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/nhs"
	"github.com/mycarerecord/mcr/registry"
	"github.com/mycarerecord/mcr/registry/plainly"
)

func number(s string) nhs.Number {
	n, err := nhs.ParseNumber(s)
	if err != nil {
		panic(err)
	}
	return n
}

func ods(s string) nhs.ODSCode {
	c, err := nhs.ParseODSCode(s)
	if err != nil {
		panic(err)
	}
	return c
}

var (
	one, two = number("9990000018"), number("9990000026")
	summer   = time.Date(2026, 7, 1, 8, 0, 0, 0, time.UTC) // 09:00 in England
)

// story is what is on record about somebody with two numbers, who said yes, took it back, and objects.
func story() registry.Known {
	yes := registry.Entry{ID: "yes1", Version: 1, Kind: registry.KindPermission, Status: registry.Active, Patient: one, UserID: "u1", Organisation: ods("RXA01"),
		Validity: access.Validity{From: summer, Until: summer.AddDate(0, 6, 0)}, RecordedBy: "u1", RecordedAt: summer,
		Detail: registry.Detail{Given: true, How: "in person", Purpose: "a second opinion"}}
	back := yes
	back.Version, back.Status, back.Detail.EndedBy, back.RecordedAt = 2, registry.Withdrawn, "back1", summer.Add(time.Hour)
	withdrawal := registry.Entry{ID: "back1", Version: 1, Kind: registry.KindWithdrawal, Status: registry.Active, Patient: one, UserID: "u1", Organisation: ods("RXA01"),
		RecordedBy: "u1", RecordedAt: summer.Add(time.Hour), Detail: registry.Detail{How: "by telephone", Withdraws: []string{"yes1"}}}
	link := registry.Entry{ID: "pds|Patient/1#link", Version: 1, Kind: registry.KindNumberLink, Status: registry.Active, Patient: one,
		RecordedBy: "nightly", RecordedAt: summer.Add(-time.Hour), Detail: registry.Detail{Link: registry.ReplacedBy, Other: two.Digits()}}
	optOut := registry.Entry{ID: "gp|Consent/9", Version: 1, Kind: registry.KindOptOut, Status: registry.Active, Patient: two,
		Validity: access.Validity{From: summer}, RecordedBy: "nightly", RecordedAt: summer.AddDate(0, 5, 0)}
	return registry.Known{Numbers: []nhs.Number{one, two}, InUse: two, Versions: []registry.Entry{link, yes, withdrawal, back, optOut}}
}

func ExamplePerson() {
	_ = plainly.Person(os.Stdout, story(), summer.AddDate(0, 5, 1))
	// Output:
	// NHS number 999 000 0018 (superseded)
	// NHS number 999 000 0026 (in use)
	//
	// What holds
	//   NHS number 999 000 0018 was replaced by 999 000 0026
	//       recorded by nightly, 1 July 2026, 08:00:00 BST; entry pds|Patient/1#link, version 1
	//   OPT-OUT: objects to sharing across organisations; from 1 July 2026, 09:00:00 BST, without an end
	//       recorded by nightly, 1 December 2026, 08:00:00 GMT; entry gp|Consent/9, version 1
	//
	// What does not hold, or not yet
	//   yes to user u1 at organisation RXA01 to view what every source has; asked in person; for “a second opinion”; from 1 July 2026, 09:00:00 BST until 1 January 2027, 08:00:00 GMT; withdrawn
	//       recorded by u1, 1 July 2026, 10:00:00 BST; entry yes1, version 2
	//
	// History
	//   1 July 2026, 08:00:00 BST, by nightly
	//       recorded: NHS number 999 000 0018 was replaced by 999 000 0026
	//       entry pds|Patient/1#link, version 1; under 999 000 0018
	//   1 July 2026, 09:00:00 BST, by u1
	//       recorded: yes to user u1 at organisation RXA01 to view what every source has; asked in person; for “a second opinion”; from 1 July 2026, 09:00:00 BST until 1 January 2027, 08:00:00 GMT
	//       entry yes1, version 1; under 999 000 0018
	//   1 July 2026, 10:00:00 BST, by u1
	//       recorded: withdrawal of what user u1 at organisation RXA01 was permitted (1 permission); asked by telephone
	//       entry back1, version 1; under 999 000 0018
	//   1 July 2026, 10:00:00 BST, by u1
	//       withdrawn by the statement back1 of user u1 at organisation RXA01; asked by telephone: yes to user u1 at organisation RXA01 to view what every source has; asked in person; for “a second opinion”
	//       entry yes1, version 2; under 999 000 0018
	//   1 December 2026, 08:00:00 GMT, by nightly
	//       recorded: OPT-OUT: objects to sharing across organisations; from 1 July 2026, 09:00:00 BST, without an end
	//       entry gp|Consent/9, version 1; under 999 000 0026
}

// Every kind is said in words of its own, a no stands before a yes, and what others wrote begins no
// line of its own.
func TestEveryKindIsSaid(t *testing.T) {
	kinds := []registry.Kind{registry.KindRegistration, registry.KindRestriction, registry.KindNumberLink, registry.KindOptOut, registry.KindNationalOptOut,
		registry.KindPermission, registry.KindWithdrawal, registry.KindRelationship, registry.KindTestOrder, registry.KindEmergency, registry.KindPerson, registry.KindBirth}
	k := registry.Known{Numbers: []nhs.Number{one}, InUse: one}
	const forged = "x\nHistory\n  forged"
	for _, given := range []bool{true, false} {
		for i, kind := range kinds {
			if !registry.KnownKind(kind) {
				t.Errorf("%s is not known", kind)
			}
			k.Versions = append(k.Versions, registry.Entry{ID: string(rune('a'+i)) + forged, Version: 1, Kind: kind, Status: registry.Active, Patient: one,
				UserID: forged, Organisation: ods("RXA01"), RecordedBy: forged, RecordedAt: summer,
				Detail: registry.Detail{Given: given, Name: forged, Telephone: forged, Form: forged, Category: forged, State: forged, Code: forged, Reason: forged,
					How: forged, Purpose: forged, Sources: []string{forged}, Other: forged, EndedBy: forged, Born: forged}})
		}
		k.Versions[len(k.Versions)-7].ID += "2" // the permission and its no are two
	}
	var b strings.Builder
	if err := plainly.Person(&b, k, summer); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(b.String(), "\n")
	if n := len(slices.DeleteFunc(slices.Clone(lines), func(s string) bool { return s != "History" })); n != 1 {
		t.Errorf("%d histories begin:\n%s", n, b.String())
	}
	if strings.Contains(b.String(), "an entry of the kind") {
		t.Errorf("a kind has no words:\n%s", b.String())
	}
	no, yes := strings.Index(b.String(), "NO to"), strings.Index(b.String(), "yes to")
	if no < 0 || yes < 0 || no > yes {
		t.Errorf("a no comes after a yes:\n%s", b.String())
	}
}

// Links that lead nowhere are said: brokers refuse.
func TestLinksThatLeadNowhereAreSaid(t *testing.T) {
	k := story()
	k.InUse = nhs.Number{}
	var b strings.Builder
	if err := plainly.Person(&b, k, summer); err != nil || !strings.Contains(b.String(), "NO SINGLE NUMBER IN USE") {
		t.Errorf("%v\n%s", err, b.String())
	}
}
