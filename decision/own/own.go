// Package own puts together what the rules of a source's own organisation are loaded and judged from:
// its folder, the region's lists and schema, and a decision.rego that is in the program and knows no
// permit. The result is a folder of policies, to be loaded by decision.Load and joined by
// decision.Options.Own; that nothing in it can open what the region's rules do not is not a matter of
// what stands in it (decision.Revision).
package own

import (
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/mycarerecord/mcr/decision/internal/fault"
	"github.com/mycarerecord/mcr/decision/internal/folder"
)

//go:embed decision.rego
var decisionRego []byte

const (
	decisionFile = "decision.rego"
	reasonsFile  = "data/reasons.json"
)

// Compose puts an organisation's own folder over the region's. The own one has rules/NAME/NAME.rego
// with their tests, testdata/decisions/NAME.yaml, lists of its own (data/NAME.json, of names that the
// region has not), and data/reasons.json with the reasons that only its rules give. An error names
// each file that is not one of these.
func Compose(region, own fs.FS) (fs.FS, error) {
	base, err := folder.Hold(region)
	if err != nil {
		return nil, err
	}
	texts, err := folder.Texts(own)
	if err != nil {
		return nil, err
	}
	all := folder.Held{decisionFile: decisionRego}
	theirs := map[string]bool{} // names of the region's rules
	for p, text := range base {
		switch {
		case strings.HasPrefix(p, "data/"), strings.HasPrefix(p, "schema/"):
			all[p] = text
		case strings.HasPrefix(p, "rules/"):
			theirs[path.Base(path.Dir(p))] = true
		}
	}
	theirs["region"] = true // what decision.rego calls them
	var faults []error
	rules := 0
	for _, p := range slices.Sorted(maps.Keys(texts)) {
		text := []byte(texts[p])
		switch {
		case p == reasonsFile:
			if text, err = reasons(base[reasonsFile], text); err != nil {
				faults = append(faults, fault.In(p, "write only the reasons that your own rules give, each as it stands in the region's list", "%v", err))
				continue
			}
			all[p] = text
		case strings.HasPrefix(p, "rules/") && theirs[path.Base(path.Dir(p))]:
			faults = append(faults, fault.In(p, "give it another name, in the folder, the file and the package", "the region has a rule of this name"))
		case strings.HasPrefix(p, "data/") && base[p] != nil:
			faults = append(faults, fault.In(p, "give your list another name: the region's lists are there for your rules to read", "the region has a list of this name"))
		case strings.HasPrefix(p, "rules/"), strings.HasPrefix(p, "data/"), strings.HasPrefix(p, folder.CasesFolder+"/"):
			if strings.HasPrefix(p, "rules/") {
				rules++
			}
			all[p] = text
		case folder.Aside(p):
		default:
			faults = append(faults, fault.In(p, "take it away: an organisation's own folder has rules/, data/ and testdata/decisions/ alone", "this file has no place in an organisation's own folder"))
		}
	}
	if len(faults) > 0 {
		return nil, errors.Join(faults...)
	}
	if rules == 0 {
		return nil, errors.New("reading an organisation's own rules: there are none (rules/NAME/NAME.rego)")
	}
	return all, nil
}

// reasons adds the own reasons behind the region's.
func reasons(region, own []byte) ([]byte, error) {
	var all, more struct {
		Source  string            `json:"source"`
		Reasons []json.RawMessage `json:"reasons"`
	}
	if err := json.Unmarshal(region, &all); err != nil {
		return nil, fmt.Errorf("the region's reasons: %w", err)
	}
	if err := json.Unmarshal(own, &more); err != nil {
		return nil, err
	}
	code := func(entry json.RawMessage) string {
		var e struct {
			Code string `json:"code"`
		}
		_ = json.Unmarshal(entry, &e) // what is no entry is told when the list is read
		return e.Code
	}
	have := map[string]bool{}
	for _, entry := range all.Reasons {
		have[code(entry)] = true
	}
	for _, entry := range more.Reasons {
		if have[code(entry)] {
			return nil, fmt.Errorf("the reason %q is there already: your rules may give it as it is", code(entry))
		}
	}
	all.Reasons = append(all.Reasons, more.Reasons...)
	return json.MarshalIndent(all, "", "  ")
}
