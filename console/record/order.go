package record

import (
	"bytes"
	_ "embed"
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/mycarerecord/mcr/nhs"
)

//go:embed order.yaml
var orderText []byte

// summaryParts are the parts of a summary, in the order of those whose role has none of
// its own.
var summaryParts = []string{"alerts", "allergies", "medicines", "problems", "results", "appointments", "plans"}

// order is an order of the parts, for some roles.
type order struct {
	Name, Why string
	Roles     []string
	Parts     []string
}

// orders are those of order.yaml. A mistake in it is one in the program: the test that
// reads it fails, and New does.
type orders []order

func readOrders(text []byte) (orders, error) {
	var doc struct{ Orders orders }
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	decoder.KnownFields(true)
	if err := decoder.Decode(&doc); err != nil {
		return nil, fmt.Errorf("reading the orders of the record's parts: %w", err)
	}
	all := slices.Sorted(slices.Values(summaryParts))
	seen := map[string]bool{}
	for i, o := range doc.Orders {
		if !slices.Equal(slices.Sorted(slices.Values(o.Parts)), all) {
			return nil, fmt.Errorf("the order of a record for %q: its parts are %s, not each of %s once", o.Name, strings.Join(o.Parts, ", "), strings.Join(summaryParts, ", "))
		}
		if o.Parts[0] != "alerts" || o.Parts[1] != "allergies" {
			return nil, fmt.Errorf("the order of a record for %q: alerts and allergies are not first", o.Name)
		}
		if (i == 0) != (len(o.Roles) == 0) {
			return nil, fmt.Errorf("the order of a record for %q: the first is everybody else's, and every other one has roles", o.Name)
		}
		for _, role := range o.Roles {
			if _, err := nhs.ParseRoleCode(role); err != nil || seen[role] {
				return nil, fmt.Errorf("the order of a record for %q: %q is no role code, or stands twice", o.Name, role)
			}
			seen[role] = true
		}
	}
	if len(doc.Orders) == 0 {
		return nil, fmt.Errorf("the orders of the record's parts: there is none")
	}
	return doc.Orders, nil
}

// of gives the order for a role.
func (o orders) of(role nhs.RoleCode) []string {
	for _, one := range o {
		if slices.Contains(one.Roles, role.String()) {
			return one.Parts
		}
	}
	return o[0].Parts
}

// placed is one part of a summary on a page with two columns.
type placed struct {
	Name string
	Wide bool // over both columns
}

// wide are the parts that are tables.
var wide = map[string]bool{"medicines": true, "results": true}

// place puts parts beside each other, two and two, where neither is a table. What would
// stand beside nothing goes over both columns, so that no part is read before one that
// stands above it.
func place(parts []string) []placed {
	var out []placed
	for i := 0; i < len(parts); i++ {
		paired := i+1 < len(parts) && !wide[parts[i]] && !wide[parts[i+1]]
		out = append(out, placed{parts[i], !paired})
		if paired {
			i++
			out = append(out, placed{parts[i], false})
		}
	}
	return out
}
