package past

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"

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

// KeepTrial keeps, among the sets of policies of a data folder, those by which most of the past was
// decided, so that its records can be explained and decided again. From is the folder of the rules.
// The name is none of a set that was in force here.
func KeepTrial(ctx context.Context, sets string, from fs.FS, rules *decision.Revision) error {
	trial, err := Trial(ctx, rules)
	if err != nil || trial.Digest() == rules.Digest() {
		return err
	}
	to := filepath.Join(sets, "past-"+trial.Digest()[:12])
	if err := errors.Join(os.RemoveAll(to), os.MkdirAll(sets, 0o700), os.CopyFS(to, from)); err != nil {
		return err
	}
	for name, text := range trial.Files().Data {
		if err := os.WriteFile(filepath.Join(to, filepath.FromSlash(name)), []byte(text), 0o600); err != nil {
			return err
		}
	}
	return nil
}
