package decision

import (
	"errors"
	"slices"
	"sync"

	"github.com/mycarerecord/mcr/decision/internal/rego"
	"github.com/mycarerecord/mcr/fhir"
)

// release is one plan that a rule gave: categories and labels that may be
// released, or elements that are masked.
type release struct{ categories, labels, masks []string }

// planBook remembers the lists of plans that rules take from data or write out:
// fixed values, of which there are as many as the policies name.
type planBook struct {
	mu    sync.RWMutex
	lists map[*rego.Node][]string
	masks map[string]bool // those that can be read
}

var errPlan = errors.New("a plan must be lists of texts")

// list gives the texts of an array or set. The result must not be changed.
func (b *planBook) list(n *rego.Node) ([]string, error) {
	if !n.Fixed {
		return texts(n)
	}
	b.mu.RLock()
	list, ok := b.lists[n]
	b.mu.RUnlock()
	if ok {
		return list, nil
	}
	list, err := texts(n)
	if err != nil {
		return nil, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.lists == nil {
		b.lists = map[*rego.Node][]string{}
	}
	b.lists[n] = list
	return list, nil
}

// mostMasks bounds the masks that are remembered as good: rules can make up others.
const mostMasks = 4096

// readable says whether the filter can read all of these masks: where it cannot, what is
// to be released is unclear, and that is the policies' fault and not the source's.
func (b *planBook) readable(masks []string) error {
	for _, m := range masks {
		b.mu.RLock()
		known := b.masks[m]
		b.mu.RUnlock()
		if known {
			continue
		}
		if err := fhir.CheckMask(m); err != nil {
			return errors.Join(errOdd, err)
		}
		b.mu.Lock()
		if b.masks == nil {
			b.masks = map[string]bool{}
		}
		if len(b.masks) < mostMasks {
			b.masks[m] = true
		}
		b.mu.Unlock()
	}
	return nil
}

// texts reads an array or a set of strings, sorted.
func texts(n *rego.Node) ([]string, error) {
	if n.Kind != rego.Array && n.Kind != rego.Set {
		return nil, errPlan
	}
	out := make([]string, 0, len(n.Items))
	for _, item := range n.Items {
		if item.Kind != rego.Text {
			return nil, errPlan
		}
		out = append(out, item.Str)
	}
	slices.Sort(out)
	return slices.Compact(out), nil
}

// combine makes one plan of several. Categories and masks add up. Labels do not:
// that one rule lets sensitive laboratory results out and another ordinary
// documents must not let sensitive documents out. So either one plan holds all
// the others, or only the labels that every plan has are released.
func combine(plans []release) release {
	if len(plans) == 0 {
		return release{}
	}
	all := plans[0]
	for _, p := range plans[1:] {
		switch {
		case within(p, all):
		case within(all, p):
			all = p
		default:
			all = release{categories: union(all.categories, p.categories), labels: common(all.labels, p.labels)}
		}
	}
	return all
}

func within(a, b release) bool {
	return subset(a.categories, b.categories) && (EveryLabel(b.labels) || subset(a.labels, b.labels))
}

// Within reports whether the categories and labels of a are all among those of b.
func Within(a, b fhir.Plan) bool {
	return within(release{categories: a.Categories, labels: a.Labels}, release{categories: b.Categories, labels: b.Labels})
}

// EveryLabel says that a list of labels stands for all of them (fhir.Plan.Labels).
func EveryLabel(labels []string) bool { return len(labels) > 0 && labels[0] == "*" }

func subset(a, b []string) bool {
	if len(a) > 0 && len(a) == len(b) && &a[0] == &b[0] {
		return true
	}
	for _, v := range a {
		if _, ok := slices.BinarySearch(b, v); !ok {
			return false
		}
	}
	return true
}

func union(a, b []string) []string {
	out := slices.Concat(a, b)
	slices.Sort(out)
	return slices.Compact(out)
}

func common(a, b []string) []string {
	if EveryLabel(a) {
		return b
	}
	if EveryLabel(b) {
		return a
	}
	var out []string
	for _, v := range a {
		if _, ok := slices.BinarySearch(b, v); ok {
			out = append(out, v)
		}
	}
	return out
}
