package main

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/mycarerecord/mcr/audit/protect"
	"github.com/mycarerecord/mcr/caddymodule"
)

// settings are what a command beside the broker goes by. There is one way to find them: a flag
// says it; what no flag says is as the broker's configuration has it, the Caddyfile in this
// folder unless --config names another; where there is none, it is as the broker would have it
// without a word. A configuration that is not needed is not read: with one that is broken,
// a command that is told everything works still.
type settings struct {
	config string
	// What may be set, by the name of its flag. Each command has the flags that it heeds.
	data, dsn, keysFile, id, registry, sources, policies, address string
	own                                                           map[string]string // folders of organisations' own rules, by ODS code
	showing                                                       protect.Showing   // NHS numbers in records; masked where no configuration was read

	command *cobra.Command // that runs
	// from is the configuration that was read; "" when there was none. looked is whether one was
	// looked for.
	from   string
	looked bool
}

// inThisFolder is the configuration that mcr run takes when none is named.
const inThisFolder = "Caddyfile"

// flags gives a command --config and the flags that are named.
func (s *settings) flags(cmd *cobra.Command, names ...string) {
	cmd.Flags().StringVar(&s.config, "config", "", "the broker's configuration, for what no flag says (default: Caddyfile in this folder)")
	for _, name := range names {
		s.flag(cmd, name)
	}
}

func (s *settings) flag(cmd *cobra.Command, name string) {
	f := cmd.Flags()
	switch name {
	case "data":
		f.StringVar(&s.data, name, "", "the broker's data folder")
	case "trail":
		f.StringVar(&s.dsn, name, "", "the trail: a file, or a clickhouse:// address (a password as {env.NAME} or {file./path})")
	case "keys":
		f.StringVar(&s.keysFile, name, "", "the deployment's keys (with --trail FILE: the file keys beside it; else in the data folder)")
	case "id":
		f.StringVar(&s.id, name, "", "the broker's id")
	case "registry":
		f.StringVar(&s.registry, name, "", "the registry: a file, or a postgres:// address (its password as {env.NAME} or {file./path})")
	case "sources":
		f.StringVar(&s.sources, name, "", "the folder of sources (without one: those in the program)")
	case "policies":
		f.StringVar(&s.policies, name, "", "the folder of policies (without one: those in the program)")
	case "address":
		f.StringVar(&s.address, name, "", "the admin address of a broker that runs")
	default:
		panic("there is no setting " + name)
	}
}

// says is whether a flag says it.
func (s *settings) says(flag string) bool { return s.command != nil && s.command.Flags().Changed(flag) }

// asks is whether the command that runs has a flag, and it does not say it.
func (s *settings) asks(flag string) bool {
	return s.command != nil && s.command.Flags().Lookup(flag) != nil && !s.says(flag)
}

// trailFile is whether a flag names a trail that is a file.
func (s *settings) trailFile() bool {
	return s.says("trail") && !strings.Contains(s.dsn, "://") && !strings.HasPrefix(s.dsn, "{")
}

// find fills in what no flag said. beside is for commands that take what lies beside a trail's
// file, such as a copy on an auditor's machine, when that file is named.
func (s *settings) find(cmd *cobra.Command, beside bool) error {
	s.command = cmd
	if beside && s.trailFile() {
		s.keysFile = cmp.Or(s.keysFile, filepath.Join(filepath.Dir(s.dsn), "keys"))
		s.data = cmp.Or(s.data, filepath.Dir(s.keysFile))
		s.otherwise(caddymodule.Configured{})
		return nil
	}
	var c caddymodule.Configured
	if s.config != "" || s.open() {
		var err error
		if c, err = s.read(); err != nil {
			return err
		}
	}
	if err := s.another(c); err != nil {
		return err
	}
	s.from = c.File
	s.otherwise(c)
	return nil
}

// otherwise fills in what is open still.
func (s *settings) otherwise(c caddymodule.Configured) {
	s.data = cmp.Or(s.data, c.Data, "data")
	s.dsn = cmp.Or(s.dsn, c.Trail, filepath.Join(s.data, "trail.db"))
	s.keysFile = cmp.Or(s.keysFile, filepath.Join(s.data, "keys"))
	s.registry = cmp.Or(s.registry, c.Registry, filepath.Join(s.data, "registry.db"))
	s.own = c.Own
	s.id, s.sources, s.policies = cmp.Or(s.id, c.ID), cmp.Or(s.sources, c.Sources), cmp.Or(s.policies, c.Policies)
	if c.Encrypted {
		s.showing = protect.Encrypted
	}
	s.address = cmp.Or(s.address, c.Admin, "unix/"+filepath.Join(s.data, "admin.sock"))
}

// another refuses a configuration that is another broker's than the flags say.
func (s *settings) another(c caddymodule.Configured) error {
	if c.File == "" {
		return nil
	}
	if s.says("id") && s.id != c.ID {
		return fmt.Errorf("--id says %s, and %s is the configuration of broker %s: name its own with --config", s.id, c.File, c.ID)
	}
	if s.says("data") && !sameFolder(s.data, c.Data) {
		return fmt.Errorf("--data says %s, and %s has the data folder %s: name the configuration of the broker that is meant with --config", s.data, c.File, c.Data)
	}
	return nil
}

func sameFolder(a, b string) bool {
	one, err := filepath.Abs(a)
	other, err2 := filepath.Abs(b)
	if err != nil || err2 != nil {
		return false
	}
	if one == other {
		return true
	}
	i, err := os.Stat(one)
	j, err2 := os.Stat(other)
	return err == nil && err2 == nil && os.SameFile(i, j)
}

// open is whether anything is open that a configuration could say. A data folder that is named
// says where its registry and its keys are, unless the configuration says otherwise.
func (s *settings) open() bool {
	for _, name := range []string{"data", "trail", "id", "registry", "sources", "policies", "address"} {
		if s.asks(name) {
			return true
		}
	}
	return s.asks("keys") && !s.says("data")
}

// read reads the configuration. The Caddyfile of another program is none.
func (s *settings) read() (caddymodule.Configured, error) {
	s.looked = true
	c, err := caddymodule.ReadConfigured(cmp.Or(s.config, inThisFolder))
	switch {
	case err == nil:
		return c, nil
	case s.config == "" && (errors.Is(err, fs.ErrNotExist) || errors.Is(err, caddymodule.ErrNoBroker)):
		return caddymodule.Configured{}, nil
	}
	return c, fmt.Errorf("%w\nThe broker's configuration was to say what no flag says: mcr validate tells all that is wrong with it; --config names another", err)
}

// whence ends an error about something that is not where the settings say: where they are from.
func (s *settings) whence() string {
	switch {
	case !s.looked:
		return "so say the flags"
	case s.from == "":
		return "there is no Caddyfile of a broker in this folder: name one with --config"
	}
	return fmt.Sprintf("so says %s, of the folder in which mcr is started; --config names another", s.from)
}
