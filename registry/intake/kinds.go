package intake

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/mycarerecord/mcr/policies"
)

// Kinds are the kinds of care relationship, and what of FHIR is taken for each.
type Kinds struct {
	coded   map[string]map[string]string // by type: "system|code" → kind
	systems map[string][]string          // by type: those of its codes
	any     map[string]string            // by type: the kind of what has none of the codes
	digest  string                       // of the file, SHA-256
}

// kindsFile is data/relationships.json of the policies, or a file like it.
type kindsFile struct {
	Source string               `json:"source"`
	Kinds  map[string]kindEntry `json:"kinds"`
}

type kindEntry struct {
	Label    string      `json:"label"`
	Treating *bool       `json:"treating"` // for the rules
	FHIR     []kindCodes `json:"fhir"`
}

// kindCodes are resources of a type: those with one of the codes, or, where no system is given, all
// that have no code of another kind.
type kindCodes struct {
	Type   string   `json:"type"`
	System string   `json:"system"`
	Codes  []string `json:"codes"`
}

const mostKindsBytes = 1 << 20

// kindTypes are the types that can stand for a care relationship, with the element that has the
// codes.
var kindTypes = map[string]string{"EpisodeOfCare": "type", "Encounter": "class", "CareTeam": "category", "ServiceRequest": "category"}

var kindForm = regexp.MustCompile(`^[a-z][a-z0-9-]{0,39}$`)

// ReadKinds reads kinds of care relationship: a file of the form of data/relationships.json of the
// policies. All that is wrong is said at once.
func ReadKinds(in io.Reader) (*Kinds, error) {
	text, err := io.ReadAll(io.LimitReader(in, mostKindsBytes+1))
	if err != nil {
		return nil, fmt.Errorf("reading the kinds of relationship: %w", err)
	}
	if len(text) > mostKindsBytes {
		return nil, errors.New("reading the kinds of relationship: the file is longer than 1 MiB")
	}
	if _, err := tree(text); err != nil { // a name twice would let the second win
		return nil, fmt.Errorf("reading the kinds of relationship: the file %w", err)
	}
	var file kindsFile
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&file); err != nil {
		return nil, fmt.Errorf("reading the kinds of relationship: %w", err)
	}
	digest := sha256.Sum256(text)
	k := &Kinds{coded: map[string]map[string]string{}, systems: map[string][]string{}, any: map[string]string{}, digest: hex.EncodeToString(digest[:])}
	var faults []error
	if len(file.Kinds) == 0 {
		faults = append(faults, errors.New("kinds: there are none"))
	}
	for _, name := range slices.Sorted(maps.Keys(file.Kinds)) {
		say := func(format string, args ...any) {
			faults = append(faults, fmt.Errorf("kinds."+name+": "+format, args...))
		}
		if !kindForm.MatchString(name) {
			say("write the name in lower-case letters, digits and dashes, 40 at most")
		}
		if of := file.Kinds[name]; of.Treating == nil {
			say("treating is missing: say true or false")
		}
		for _, codes := range file.Kinds[name].FHIR {
			k.add(name, codes, say)
		}
	}
	if err := errors.Join(faults...); err != nil {
		return nil, fmt.Errorf("reading the kinds of relationship:\n%w", err)
	}
	return k, nil
}

// add notes what of FHIR a kind is.
func (k *Kinds) add(name string, codes kindCodes, say func(string, ...any)) {
	t := codes.Type
	switch {
	case kindTypes[t] == "":
		say("fhir: type %q is none of %s", t, strings.Join(slices.Sorted(maps.Keys(kindTypes)), ", "))
		return
	case (codes.System == "") != (len(codes.Codes) == 0):
		say("fhir: %s has a system without codes, or codes without a system", t)
		return
	case codes.System == "" && t == "ServiceRequest":
		say("fhir: a ServiceRequest without a code of its kind is none: name system and codes")
		return
	case codes.System == "":
		if other, had := k.any[t]; had {
			say("fhir: %s of every other code is %s already", t, other)
		}
		k.any[t] = name
		return
	}
	if k.coded[t] == nil {
		k.coded[t] = map[string]string{}
	}
	if !slices.Contains(k.systems[t], codes.System) {
		k.systems[t] = append(k.systems[t], codes.System)
	}
	for _, code := range codes.Codes {
		key := codes.System + "|" + code
		if code == "" || strings.Contains(key[len(codes.System)+1:], "|") {
			say("fhir: %s has a code that is empty, or has a bar", t)
		} else if _, test := requestCategories[key]; test && t == "ServiceRequest" {
			say("fhir: %s %s is the code of a test", t, key)
		} else if other, had := k.coded[t][key]; had {
			say("fhir: %s %s is %s already", t, key, other)
		}
		k.coded[t][key] = name
	}
}

// shippedKinds are those of the policies that came with the program.
var shippedKinds = sync.OnceValue(func() *Kinds {
	text, err := fs.ReadFile(policies.FS, "data/relationships.json")
	if err != nil {
		panic(err) // it is built in
	}
	k, err := ReadKinds(bytes.NewReader(text))
	if err != nil {
		panic(err)
	}
	return k
})

// kindOf gives the kind of relationship of a resource whose codes are concepts: the one that they
// name, else that of all others of its type, else "". Codes of two kinds are a fault.
func (r *resource) kindOf(element string) string {
	found := slices.Compact(slices.Sorted(slices.Values(r.oneOf(element, r.kinds.coded[r.kind]))))
	switch {
	case len(found) > 1:
		r.wrong("%s has codes of more than one kind of care relationship (%s): keep one", element, strings.Join(found, ", "))
		return ""
	case len(found) == 1:
		return found[0]
	}
	kind := r.kinds.any[r.kind]
	if kind == "" {
		r.without(element + " has no code of a kind of care relationship")
	}
	return kind
}
