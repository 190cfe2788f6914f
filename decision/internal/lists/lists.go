package lists

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/mycarerecord/mcr/decision/internal/errlist"
	"github.com/mycarerecord/mcr/decision/internal/folder"
)

// Settings is data/settings.json: what a deployment chooses. Rules read it too.
type Settings struct {
	Emergency struct {
		Enabled bool              `json:"enabled"`
		Minutes int               `json:"minutes"` // how long an emergency may be declared for
		Reasons map[string]string `json:"reasons"` // code → plain English
	} `json:"emergency"`
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

// readLists reads data/*.json. All faults are given at once, each with its file.
func Read(data map[string]string) (Lists, error) {
	l := Lists{Documents: map[string]any{}, Codes: map[string]codeList{}}
	var faults []error
	fault := func(file string, err error) {
		if err != nil {
			faults = append(faults, errlist.Prefixed(file, err))
		}
	}
	for _, file := range slices.Sorted(maps.Keys(data)) {
		if path.Dir(file) == folder.CodesFolder {
			name, list, err := readCodeList(file, data[file])
			fault(file, err)
			l.Codes[name] = list
			continue
		}
		var doc map[string]any
		if err := strictJSON(data[file], &doc); err != nil {
			fault(file, err)
			continue
		}
		name := strings.TrimSuffix(path.Base(file), ".json")
		if name == "mcr" {
			fault(file, errors.New("the name mcr is kept for the rules"))
			continue
		}
		if s, _ := doc["source"].(string); len(s) < 20 {
			fault(file, errors.New(`"source" must say where the list comes from`))
		}
		l.Documents[name] = doc
	}
	var err error
	l.Reasons, err = readReasons(data["data/reasons.json"])
	fault("data/reasons.json", err)
	l.Classes, err = readClasses(data["data/categories.json"], data["data/sensitive_codes.json"], l.Codes)
	fault("data/categories.json, data/sensitive_codes.json", err)
	fault("data/labels.json", checkLabels(data["data/labels.json"]))
	fault("data/directory.json", checkDirectory(data["data/directory.json"], l.Classes.Names))
	fault("data/roles.json", checkRoles(data["data/roles.json"]))
	l.Settings, err = readSettings(data["data/settings.json"])
	fault("data/settings.json", err)
	return l, errors.Join(faults...)
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
			faults = append(faults, fmt.Errorf("%s must be between 1 and %d", name, most))
		}
	}
	positive("emergency.minutes", s.Emergency.Minutes, 24*60)
	positive("test_order.grace_days", s.TestOrder.GraceDays, 365)
	positive("permission.longest_hours", s.Permission.LongestHours, 24*366)
	positive("permission.default_hours", s.Permission.DefaultHours, s.Permission.LongestHours)
	if len(s.Permission.WaysToAsk) == 0 {
		faults = append(faults, errors.New("permission.ways_to_ask must name at least one way"))
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
	if slices.Contains(doc.Normal, "*") {
		faults = append(faults, errors.New("normal must not hold *"))
	}
	if len(doc.Normal) == 0 || len(doc.Every) == 0 || len(doc.Masks) == 0 {
		faults = append(faults, errors.New("normal, every and masks must not be empty"))
	}
	for _, l := range slices.Concat(doc.Normal, doc.Every) {
		if doc.Meanings[l] == "" {
			faults = append(faults, fmt.Errorf("%q has no meaning in meanings", l))
		}
		if !strings.Contains(l, "|") && l != "*" {
			faults = append(faults, fmt.Errorf("%q must be system|code, or * for every label", l))
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
		return fmt.Errorf("line %d: %w", 1+strings.Count(text[:min(int(d.InputOffset()), len(text))], "\n"), err)
	}
	if d.More() {
		return errors.New("there is something after the end of the document")
	}
	return nil
}
