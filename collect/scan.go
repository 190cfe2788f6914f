package collect

import (
	"slices"

	"github.com/mycarerecord/mcr/strictjson"
)

// The functions below walk texts that strictjson.Check has found good, or parts of
// them, and copy nothing.

// picked are values of an object by name, in the order of the names; nil what is
// not there.
type picked [6][]byte

// pick gives up to six members of an object by name.
func pick(text []byte, names ...string) (out picked) {
	for m := range strictjson.Members(text) {
		name := m.Name()
		for i := range names {
			if names[i] == string(name) {
				out[i] = m.Value
				break
			}
		}
	}
	return out
}

// field gives one member of an object by name.
func field(text []byte, name string) []byte { return pick(text, name)[0] }

// elements gives the elements of an array; false if it is none.
func elements(text []byte) ([][]byte, bool) {
	if kind, ok := strictjson.KindOf(text); !ok || kind != strictjson.Array {
		return nil, false
	}
	return slices.Collect(strictjson.Elements(text)), true
}

// text gives a string; "" if it is none.
func text(value []byte) string {
	s, _ := strictjson.Text(value)
	return s
}
