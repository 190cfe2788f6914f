package past

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"

	"github.com/mycarerecord/mcr/decision"
)

// trialRevision is what the rules of the trial are called in records.
const trialRevision = "trial-of-emergency-access"

// settingsFile is where policies say whether emergency access is in use.
const settingsFile = "data/settings.json"

// Trial gives the same rules with emergency access: those that were in force for most of the month.
// Rules that have it already are their own trial.
func Trial(ctx context.Context, of *decision.Revision) (*decision.Revision, error) {
	if of.Settings().Emergency.Enabled {
		return of, nil
	}
	data := maps.Clone(of.Files().Data)
	var settings, access map[string]json.RawMessage
	err := json.Unmarshal([]byte(data[settingsFile]), &settings)
	if err == nil {
		err = json.Unmarshal(settings["emergency"], &access)
	}
	if err == nil {
		access["enabled"] = json.RawMessage("true")
		settings["emergency"], _ = json.Marshal(access) // was JSON
		var text []byte
		text, err = json.Marshal(settings)
		data[settingsFile] = string(text)
	}
	if err != nil {
		return nil, fmt.Errorf("switching emergency access on: %s: %w", settingsFile, err)
	}
	opt := of.Options()
	opt.Revision = trialRevision
	return of.WithData(ctx, data, opt)
}
