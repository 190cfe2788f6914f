package strictjson

import (
	"iter"
	"strings"
)

// Absent is the place of a member that is not there.
const Absent = int32(-1)

// Children gives the places of the members of an object, or of the elements of an
// array.
func (d *Document) Children(at int32) iter.Seq[int32] {
	return func(yield func(int32) bool) {
		for i := at + 1; i < d.Nodes[at].Next; i = d.Nodes[i].Next {
			if !yield(i) {
				return
			}
		}
	}
}

// Lookup finds the named members of the object at a place: places[i] is where
// names[i] stands, or Absent. It is false when the object has a name that differs
// from one of them in case alone ("Org" for "org"): a reader without regard for
// case would take the one for the other. No name may be empty.
func (d *Document) Lookup(at int32, names []string, places []int32) bool {
	for i := range places {
		places[i] = Absent
	}
	object := &d.Nodes[at]
	for i := at + 1; i < object.Next; i = d.Nodes[i].Next {
		name := d.Nodes[i].Name
		for j, want := range names {
			if !d.Nodes[i].odd && (len(name) != len(want) || name[0]|0x20 != want[0]|0x20) {
				continue // only letters outside ASCII fold to another length
			}
			if string(name) == want {
				places[j] = i
			} else if strings.EqualFold(string(name), want) {
				return false
			}
		}
	}
	return true
}

// Is says whether a String of these characters stands at a place, which may be
// Absent.
func (d *Document) Is(at int32, s string) bool {
	return at != Absent && d.Nodes[at].Kind == String && string(d.Nodes[at].Text()) == s
}
