package decision

import (
	"errors"
	"slices"
	"sync"

	"github.com/open-policy-agent/opa/v1/ast"
)

// release is one plan that a rule gave: categories and labels that may be
// released, or elements that are masked.
type release struct{ categories, labels, masks []string }

// planBook remembers the lists of plans by the array that they were read from.
// Rules take them from data or write them out, so the same few arrays come
// every time; an array made anew at each decision is read anew.
type planBook struct {
	mu    sync.RWMutex
	lists map[*ast.Array][]string
}

// most bounds the book: beyond it, lists are read each time.
const most = 256

var errPlan = errors.New("a plan must be lists of texts")

// list gives the texts of an array or set. The result must not be changed.
func (b *planBook) list(t *ast.Term) ([]string, error) {
	arr, ok := t.Value.(*ast.Array)
	if !ok {
		return texts(t)
	}
	b.mu.RLock()
	list, ok := b.lists[arr]
	b.mu.RUnlock()
	if ok {
		return list, nil
	}
	list, err := texts(t)
	if err != nil {
		return nil, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.lists == nil {
		b.lists = map[*ast.Array][]string{}
	}
	if len(b.lists) < most {
		b.lists[arr] = list
	}
	return list, nil
}

// texts reads an array or a set of strings, sorted.
func texts(t *ast.Term) ([]string, error) {
	var out []string
	var err error
	each := func(e *ast.Term) {
		if s, ok := e.Value.(ast.String); ok {
			out = append(out, string(s))
		} else {
			err = errPlan
		}
	}
	switch v := t.Value.(type) {
	case *ast.Array:
		v.Foreach(each)
	case ast.Set:
		v.Foreach(each)
	default:
		err = errPlan
	}
	slices.Sort(out)
	return slices.Compact(out), err
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
	return subset(a.categories, b.categories) && subset(a.labels, b.labels)
}

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
	var out []string
	for _, v := range a {
		if _, ok := slices.BinarySearch(b, v); ok {
			out = append(out, v)
		}
	}
	return out
}
