// Package scope reads the scopes of an access token (RFC 6749 section 3.3), and among them
// those of SMART App Launch 2 ("Scopes and Launch Context"), which say what kinds of
// resources an application may ask for, and how.
//
// What is guaranteed: what is not exactly a SMART scope opens nothing, and nor does one that
// opens less than its kind of resource and cannot be held to it here:
//
//   - one with search parameters (user/Observation.rs?category=laboratory), since what is
//     answered is not cut by them;
//   - patient/…, which is for the one patient of a launch: which one that is, an access
//     token does not say.
//
// What is not: that a scope opens anything. It can only make smaller what the policies open.
//
// The package has no state; a [Smart] may be read by many goroutines at once.
package scope

import "strings"

// Has says whether one of scopes, divided by single spaces, is exactly this one.
func Has(scopes, one string) bool {
	for s := range strings.SplitSeq(scopes, " ") {
		if s == one {
			return true
		}
	}
	return false
}

// Valid says whether a text is one scope: a scope-token of RFC 6749 section 3.3.
func Valid(one string) bool {
	for i := range len(one) {
		if c := one[i]; c <= ' ' || c >= 0x7f || c == '"' || c == '\\' {
			return false
		}
	}
	return one != ""
}

// Actions are what may be done with a kind of resource: a set.
type Actions uint8

// The actions, in SMART's order of their letters.
const (
	Create Actions = 1 << iota // c
	Read                       // r: an item, a version of it, its history
	Update                     // u
	Delete                     // d
	Search                     // s: a search over a kind of resource
)

const letters = "cruds"

// String writes a set as a SMART scope does: "rs".
func (a Actions) String() string {
	var out []byte
	for i := range letters {
		if a&(1<<i) != 0 {
			out = append(out, letters[i])
		}
	}
	return string(out)
}

// Every stands for every kind of resource, as in SMART's user/*.rs.
const Every = "*"

// Smart is what the SMART scopes of a token open: actions by kind of resource. The zero
// Smart opens nothing.
type Smart struct{ actions map[string]Actions }

// ReadSmart takes the SMART scopes out of a token's scopes, divided by spaces. All others,
// such as openid and launch, are none of its business.
func ReadSmart(scopes string) (s Smart) {
	for one := range strings.SplitSeq(scopes, " ") {
		if kind, actions, ok := parse(one); ok {
			if s.actions == nil {
				s.actions = map[string]Actions{}
			}
			s.actions[kind] |= actions
		}
	}
	return s
}

// Opens says whether all these actions are open for a kind of resource.
func (s Smart) Opens(kind string, a Actions) bool {
	return kind != "" && (s.actions[kind]|s.actions[Every])&a == a
}

// IsZero says that nothing is open.
func (s Smart) IsZero() bool { return len(s.actions) == 0 }

// Needed is the scope that opens an action for a kind of resource.
func Needed(kind string, a Actions) string { return "user/" + kind + "." + a.String() }

// parse reads one SMART scope that opens a kind of resource whole:
// ("user" / "system") "/" (type / "*") "." actions. ok is false for every other text.
func parse(one string) (kind string, actions Actions, ok bool) {
	whose, rest, ok := strings.Cut(one, "/")
	if !ok || whose != "user" && whose != "system" {
		return "", 0, false
	}
	kind, how, ok := strings.Cut(rest, ".")
	if !ok || kind != Every && !isType(kind) {
		return "", 0, false
	}
	actions = actionsOf(how)
	return kind, actions, actions != 0
}

// actionsOf reads SMART 2's letters, which must stand in their order and once each, or one
// of SMART 1's words. 0: it is neither.
func actionsOf(how string) (a Actions) {
	switch how {
	case "read":
		return Read | Search
	case "write":
		return Create | Update | Delete
	case "*":
		return Create | Read | Update | Delete | Search
	}
	from := 0
	for i := range len(how) {
		at := strings.IndexByte(letters[from:], how[i])
		if at < 0 {
			return 0
		}
		a |= 1 << (from + at)
		from += at + 1
	}
	return a
}

func isType(s string) bool {
	for i := range len(s) {
		if c := s[i] | 0x20; c < 'a' || c > 'z' {
			return false
		}
	}
	return s != "" && s[0] < 'a'
}
