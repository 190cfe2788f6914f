package lists

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"path"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/mycarerecord/mcr/decision/internal/errlist"
	"github.com/mycarerecord/mcr/decision/internal/fault"
	"github.com/mycarerecord/mcr/decision/internal/folder"
)

// Settings is data/settings.json: what a deployment chooses. Rules read it too.
type Settings struct {
	Emergency struct {
		Enabled bool              `json:"enabled"`
		Minutes int               `json:"minutes"` // how long an emergency may be declared for
		Reasons map[string]string `json:"reasons"` // code → plain English
	} `json:"emergency"`
	OwnRecord struct {
		WithoutRegistry bool `json:"without_registry"` // own staff are let in while the registry is away
	} `json:"own_record"`
	Withheld struct {
		FromRoles map[string][]string `json:"from_roles"` // job role → categories that it is not shown, whichever rule releases them
	} `json:"withheld"`
	TestOrder struct {
		GraceDays int `json:"grace_days"` // how long an order still opens after it was completed
	} `json:"test_order"`
	Permission struct {
		DefaultHours int      `json:"default_hours"` // how long a permission runs that does not say
		LongestHours int      `json:"longest_hours"` // how long a permission may run
		WaysToAsk    []string `json:"ways_to_ask"`   // how a patient can have been asked
	} `json:"permission"`
}

// Lists are the code lists of data/, as Go needs them and as rules read them.
type Lists struct {
	Documents map[string]any // data/<name>.json → data.<name>
	Codes     map[string]codeList
	Settings  Settings
	Reasons   Reasons
	Classes   classList
}

// Read reads data/*.json. All faults are given at once, each with its file.
func Read(data map[string]string) (Lists, error) {
	l := Lists{Documents: map[string]any{}, Codes: map[string]codeList{}}
	var faults []error
	wrong := func(file string, err error) {
		if err != nil {
			faults = append(faults, errlist.Prefixed(file, err))
		}
	}
	for _, file := range slices.Sorted(maps.Keys(data)) {
		if path.Dir(file) == folder.CodesFolder {
			name, list, err := readCodeList(file, data[file])
			wrong(file, err)
			l.Codes[name] = list
			continue
		}
		doc, err := readDocument(file, data[file])
		wrong(file, err)
		if doc != nil {
			l.Documents[documentName(file)] = doc
		}
	}
	var err error
	l.Reasons, err = readReasons(data["data/reasons.json"])
	wrong("data/reasons.json", err)
	l.Classes, err = readClasses(data["data/categories.json"], data["data/sensitive_codes.json"], l.Codes)
	wrong("data/categories.json", err)
	wrong("data/labels.json", checkLabels(data["data/labels.json"]))
	wrong("data/directory.json", checkDirectory(data["data/directory.json"], l.Classes.Names))
	wrong("data/roles.json", checkRoles(data["data/roles.json"]))
	l.Settings, err = readSettings(data[SettingsFile])
	wrong(SettingsFile, err)
	if err == nil {
		wrong(SettingsFile, checkWithheld(l.Settings.Withheld.FromRoles, l.Classes.Names))
	}
	return l, errors.Join(faults...)
}

// SettingsFile is what a deployment chooses.
const SettingsFile = "data/settings.json"

// WithSettings are the same lists, which are in order, with other settings: what Read would give,
// and its faults, without reading the other lists again.
func (l Lists) WithSettings(text string) (Lists, error) {
	l.Documents = maps.Clone(l.Documents)
	doc, docErr := readDocument(SettingsFile, text)
	delete(l.Documents, documentName(SettingsFile))
	if doc != nil {
		l.Documents[documentName(SettingsFile)] = doc
	}
	var err, withheld error
	if l.Settings, err = readSettings(text); err == nil {
		withheld = checkWithheld(l.Settings.Withheld.FromRoles, l.Classes.Names)
	}
	var faults []error
	for _, err := range []error{docErr, err, withheld} {
		if err != nil {
			faults = append(faults, errlist.Prefixed(SettingsFile, err))
		}
	}
	return l, errors.Join(faults...)
}

// documentName is the name under which rules read a file of data/.
func documentName(file string) string { return strings.TrimSuffix(path.Base(file), ".json") }

// readDocument reads a file of data/ as rules see it; nil when it cannot be served. There may be
// a document and an error.
func readDocument(file, text string) (map[string]any, error) {
	var doc map[string]any
	if err := strictJSON(text, &doc); err != nil {
		return nil, err
	}
	if documentName(file) == "mcr" {
		return nil, fault.At(nil, "give the file another name", "the name mcr is kept for the rules")
	}
	if s, _ := doc["source"].(string); len(s) < 20 {
		err := fault.At([]string{"source"}, "write who published it, where and in which edition", `"source" must say where the list comes from`)
		return doc, err
	}
	return doc, nil
}

func readSettings(text string) (Settings, error) {
	var s struct {
		Source string `json:"source"`
		Settings
	}
	if err := strictJSON(text, &s); err != nil {
		return s.Settings, err
	}
	var faults []error
	positive := func(name string, n, most int) {
		if n <= 0 || n > most {
			faults = append(faults, fault.At(strings.Split(name, "."), "write a number between them", "%s must be between 1 and %d", name, most))
		}
	}
	positive("emergency.minutes", s.Emergency.Minutes, 24*60)
	positive("test_order.grace_days", s.TestOrder.GraceDays, 365)
	positive("permission.longest_hours", s.Permission.LongestHours, 24*366)
	positive("permission.default_hours", s.Permission.DefaultHours, s.Permission.LongestHours)
	if len(s.Permission.WaysToAsk) == 0 {
		faults = append(faults, fault.At([]string{"permission", "ways_to_ask"}, `write ["in-person"], say`, "permission.ways_to_ask must name at least one way"))
	}
	return s.Settings, errors.Join(faults...)
}

// checkLabels makes sure that the masks and labels that plans are made of are
// there: a plan whose masks are missing would release too much.
func checkLabels(text string) error {
	var doc struct {
		Source   string            `json:"source"`
		Meanings map[string]string `json:"meanings"`
		Normal   []string          `json:"normal"`
		Every    []string          `json:"every"`
		Masks    []string          `json:"masks"`
	}
	if err := strictJSON(text, &doc); err != nil {
		return err
	}
	var faults []error
	if at := slices.Index(doc.Normal, "*"); at >= 0 {
		faults = append(faults, fault.At([]string{"normal", strconv.Itoa(at)}, "take it out: with it every sensitive item would be released", "normal must not hold *"))
	}
	for _, list := range []struct {
		name   string
		labels []string
	}{{"normal", doc.Normal}, {"every", doc.Every}} {
		for i, l := range list.labels {
			at := []string{list.name, strconv.Itoa(i)}
			switch {
			case !strings.Contains(l, "|") && l != "*":
				faults = append(faults, fault.At(at, "write the address of its code system in front", "%q must be system|code, or * for every label", l))
			case doc.Meanings[l] == "":
				faults = append(faults, fault.At(at, "add it to meanings, in words", "%q has no meaning in meanings", l))
			}
		}
	}
	for _, list := range []struct {
		name string
		n    int
	}{{"normal", len(doc.Normal)}, {"every", len(doc.Every)}, {"masks", len(doc.Masks)}} {
		if list.n == 0 {
			faults = append(faults, fault.At([]string{list.name}, "put back what it held", "%s must not be empty", list.name))
		}
	}
	return errors.Join(faults...)
}

// strictJSON reads one JSON document into v; unknown fields are errors when v is
// a struct, and so is anything after the document.
func strictJSON(text string, v any) error {
	if text == "" {
		return errors.New("the file is missing or empty")
	}
	d := json.NewDecoder(strings.NewReader(text))
	d.DisallowUnknownFields()
	d.UseNumber()
	if err := d.Decode(v); err != nil {
		var f fault.Fault
		var kind *json.UnmarshalTypeError
		switch {
		case errors.As(err, &f):
			return f
		case errors.As(err, &kind) && kind.Type != nil && kind.Type.Kind() == reflect.Int:
			name := strings.TrimPrefix(strings.TrimPrefix(kind.Field, "."), "Settings.")
			return fault.At(strings.Split(name, "."), "write a whole number in digits, such as 24", "%s is no whole number", name)
		}
		if kind != nil && kind.Type != nil && kind.Type.Kind() == reflect.Slice && kind.Value == "string" {
			name := strings.TrimPrefix(strings.TrimPrefix(kind.Field, "."), "Settings.")
			return fault.At(strings.Split(name, "."), `write it in brackets: ["..."]`, "%s must be a list, and this is a text", name)
		}
		if _, name, ok := strings.Cut(err.Error(), "unknown field "); ok {
			name = strings.Trim(name, `"`)
			return fault.At([]string{name}, "look at its spelling, or take it out", "unknown field %q: it would not count", name)
		}
		return fmt.Errorf("line %d: %w", 1+strings.Count(text[:min(int(d.InputOffset()), len(text))], "\n"), err)
	}
	if d.More() {
		return errors.New("there is something after the end of the document")
	}
	return nil
}
