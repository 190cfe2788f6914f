package caddymodule

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig"
)

// Configured is what a broker's configuration says of where things are: for commands that work
// beside the broker, so that nobody needs to say it again. Files and folders are as they are
// written there: below the folder in which the command, as the broker, is started. Nothing is
// resolved: a password is a placeholder still.
type Configured struct {
	// File is the configuration that was read.
	File string
	// ID is the broker's, Data its data folder.
	ID, Data string
	// Trail is the trail's file or address; Registry the registry's. Empty where the
	// configuration names none, and it is trail.db, or registry.db, in Data.
	Trail, Registry string
	// Sources and Policies are the folders; empty for what is built into the program.
	Sources, Policies string
	// Own are the folders of organisations' own rules, by ODS code.
	Own map[string]string
	// Releases says that it goes by releases of policies, which it fetches, and not by a folder.
	Releases bool
	// Admin is the admin address, such as "unix/data/admin.sock"; "off" when there is none.
	Admin string
	// Encrypted is whether records show an NHS number so that whoever holds the keys can read it;
	// else it is masked.
	Encrypted bool
}

// ErrNoBroker is the error of a configuration without a broker.
var ErrNoBroker = errors.New("there is no broker block in it")

// ReadConfigured reads a Caddyfile, or, in a file whose name ends in .json, Caddy's own JSON.
// The error of a file that is not there wraps fs.ErrNotExist. That what is named exists, or is
// any good, is not looked at.
func ReadConfigured(file string) (c Configured, err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("reading %s: %w", file, err)
		}
	}()
	config, err := os.ReadFile(file)
	if err != nil {
		return c, err
	}
	if filepath.Ext(file) != ".json" {
		if config, _, err = caddyconfig.GetAdapter("caddyfile").Adapt(config, map[string]any{"filename": file}); err != nil {
			return c, err
		}
	}
	var whole struct {
		Admin struct {
			Disabled bool   `json:"disabled"`
			Listen   string `json:"listen"`
		} `json:"admin"`
		Apps map[string]json.RawMessage `json:"apps"`
	}
	if err := json.Unmarshal(config, &whole); err != nil {
		return c, err
	}
	if whole.Apps["broker"] == nil {
		return c, ErrNoBroker
	}
	app := new(App)
	if err := json.Unmarshal(whole.Apps["broker"], app); err != nil {
		return c, err
	}
	if err := errors.Join(checkTexts(app), checkID("id", app.ID)); err != nil {
		return c, err
	}
	c = Configured{
		File: file, Own: app.OwnPolicies, ID: app.ID, Data: cmp.Or(app.Data, "data"), Trail: string(app.Trail.DSN), Registry: string(app.Registry.DSN),
		Sources: app.Sources, Policies: app.Policies, Admin: cmp.Or(whole.Admin.Listen, caddy.DefaultAdminListen),
		Encrypted: app.Patient != masked, Releases: app.Releases != nil,
	}
	if whole.Admin.Disabled {
		c.Admin = "off"
	}
	return c, nil
}
