package record

import (
	"slices"
	"strings"
	"testing"

	"github.com/mycarerecord/mcr/nhs"
)

// The table holds what it says: every role in it is one that NHS England publishes.
func TestTheOrdersAreOfRolesThatThereAre(t *testing.T) {
	all, err := readOrders(orderText)
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range all {
		if len(o.Roles) > 0 && o.Why == "" {
			t.Errorf("the order for %q does not say why", o.Name)
		}
		for _, code := range o.Roles {
			role, err := nhs.ParseRoleCode(code)
			if err != nil || role.Name() == "" {
				t.Errorf("the order for %q: %q is no role: %v", o.Name, code, err)
			}
			if got := all.of(role); !slices.Equal(got, o.Parts) {
				t.Errorf("%s sees %v, want %v", code, got, o.Parts)
			}
		}
	}
	if got := all.of(nhs.RoleCode{}); !slices.Equal(got, summaryParts) {
		t.Errorf("a role that stands nowhere sees %v", got)
	}
	for _, part := range summaryParts {
		if !slices.Contains(pieces, part) {
			t.Errorf("the stream fills no part %s", part)
		}
	}
}

// An order that hides a part, or puts something before what nobody may miss, is none.
func TestAnOrderThatIsNoOrderIsRefused(t *testing.T) {
	const first = "orders:\n  - parts: [alerts, allergies, medicines, problems, results, appointments, plans]\n"
	if _, err := readOrders([]byte(first)); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"nothing":               "orders: []\n",
		"a part is missing":     strings.Replace(first, ", plans", "", 1),
		"a part is there twice": strings.Replace(first, "plans", "problems", 1),
		"allergies are second":  strings.Replace(first, "alerts, allergies", "allergies, alerts", 1),
		"medicines are first":   strings.Replace(first, "alerts, allergies, medicines", "medicines, alerts, allergies", 1),
		"no roles":              first + "  - parts: [alerts, allergies, medicines, problems, results, appointments, plans]\n",
		"a role twice":          first + "  - roles: [R0260, R0260]\n    parts: [alerts, allergies, medicines, problems, results, appointments, plans]\n",
		"no role code":          first + "  - roles: [doctor]\n    parts: [alerts, allergies, medicines, problems, results, appointments, plans]\n",
		"another word":          first + "    hide: [plans]\n",
	} {
		if _, err := readOrders([]byte(text)); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
}

// What stands beside what: in no order is a part read before one that stands above it, and
// half the width stays empty beside none.
func TestPartsStandTwoAndTwo(t *testing.T) {
	all, err := readOrders(orderText)
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range all {
		halves := 0
		for i, p := range place(o.Parts) {
			switch {
			case p.Name != o.Parts[i]:
				t.Errorf("%s: %s stands in the place of %s", o.Name, p.Name, o.Parts[i])
			case !p.Wide:
				halves++
			case halves%2 != 0:
				t.Errorf("%s: beside what stands before %s is nothing", o.Name, p.Name)
			}
		}
	}
}
