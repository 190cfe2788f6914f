package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	caddycmd "github.com/caddyserver/caddy/v2/cmd"
	"github.com/spf13/cobra"

	"github.com/mycarerecord/mcr/caddymodule"
	"github.com/mycarerecord/mcr/legible"
)

const aboutValidate = `
Says everything that is wrong with a configuration, at once: each fault with file, line and
remedy; in a configuration of JSON, with its path in it. Faults of Caddy's own directives are
among them, of which Caddy tells the first.

It reads what the configuration names: sources, policies (they must pass), keys, witnesses'
policy, and what stands in the data folder. It asks ClickHouse whether it takes this broker's
records (login, database, tables, rights, settings), PostgreSQL whether it is this broker's
registry (login, certificate, schema, rights, what was seen), and each issuer what it is called; with
--offline it asks nobody. What could not be found out is a warning.

Nothing is made or changed, no port is opened and no lock is taken: it can be run beside the
broker. It ends with 1 when there is a fault.`

// ownValidate puts ours in the place of Caddy's.
func ownValidate(cmd *cobra.Command) {
	cmd.Use = "validate [--config <path>] [--adapter <name>] [--envfile <path>] [--offline]"
	cmd.Short, cmd.Long = "Says everything that is wrong with a Caddyfile, with line and remedy", aboutValidate
	cmd.Flags().Lookup("config").Usage = "Configuration file; without it, Caddyfile in this folder"
	cmd.Flags().Bool("offline", false, "Ask neither the trail's store, nor the registry's, nor the issuers")
	cmd.SilenceUsage = true
	cmd.SetOut(legible.Writer(os.Stdout))
	cmd.SetErr(legible.Writer(os.Stderr))
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		files, err := cmd.Flags().GetStringSlice("envfile")
		if err != nil {
			return err
		}
		for _, file := range files {
			if err := readEnvironment(file); err != nil {
				return fmt.Errorf("--envfile %s: %w", file, err)
			}
		}
		offline, err := cmd.Flags().GetBool("offline")
		if err != nil {
			return err
		}
		config, adapter := cmd.Flags().Lookup("config").Value.String(), cmd.Flags().Lookup("adapter").Value.String()
		ctx, cancel := interruptible(cmd)
		defer cancel()
		found, err := checkConfig(ctx, config, adapter, offline)
		if err != nil {
			return err
		}
		for _, warning := range found.Warnings {
			fmt.Fprintln(cmd.ErrOrStderr(), "Warning:", warning)
		}
		if len(found.Faults) > 0 {
			return faulty(found)
		}
		fmt.Fprintln(cmd.OutOrStdout(), "Valid configuration")
		return nil
	}
	plainErrors(cmd)
}

// faulty is everything that is wrong, one fault after the other.
func faulty(found caddymodule.Found) error {
	what := "1 fault"
	if n := len(found.Faults); n != 1 {
		what = fmt.Sprintf("%d faults", n)
	}
	return fmt.Errorf("%s in the configuration:\n%s", what, strings.Join(found.Faults, "\n"))
}

// checkConfig says what is wrong with a configuration file, as Caddy would read it.
func checkConfig(ctx context.Context, config, adapter string, offline bool) (caddymodule.Found, error) {
	if config == "" {
		config = "Caddyfile"
	}
	if !isCaddyfile(config, adapter) {
		text, _, _, err := caddycmd.LoadConfig(config, adapter)
		if err != nil {
			return caddymodule.Found{}, err
		}
		return caddymodule.CheckJSON(ctx, text, offline), nil
	}
	text, err := readConfig(config)
	if errors.Is(err, os.ErrNotExist) && config == "Caddyfile" {
		return caddymodule.Found{}, errors.New("there is no Caddyfile here; name one with --config")
	}
	if err != nil {
		return caddymodule.Found{}, err
	}
	return caddymodule.CheckFile(ctx, config, text, offline), nil
}

// isCaddyfile says what Caddy would take a file for.
func isCaddyfile(file, adapter string) bool {
	if adapter != "" {
		return adapter == "caddyfile"
	}
	base := strings.ToLower(filepath.Base(file))
	extension := filepath.Ext(base)
	return extension == ".caddyfile" || strings.HasPrefix(base, "caddyfile") && extension != ".json"
}

func readConfig(file string) ([]byte, error) {
	if file == "-" {
		return io.ReadAll(os.Stdin)
	}
	return os.ReadFile(file)
}

// allOfThem says everything that keeps a broker from starting or from reloading where Caddy
// stopped at the first fault; err itself, where that is none of the configuration's.
func allOfThem(ctx context.Context, err error, config, adapter string) error {
	if err == nil {
		return nil
	}
	found, cannot := checkConfig(ctx, config, adapter, true)
	if cannot != nil || len(found.Faults) == 0 {
		return err
	}
	return faulty(found)
}

// byLine puts lines of the Caddyfile where an error names places of the configuration.
func byLine(err error, file, adapter string) error {
	if err == nil || !isCaddyfile(file, adapter) {
		return err
	}
	text, cannot := readConfig(file)
	if cannot != nil {
		return err
	}
	return errors.New(caddymodule.Tell(file, text, err.Error()))
}

// notStarted says why a broker did not start: everything that is wrong with its
// configuration, if that is why, each with its line.
func notStarted(cmd *cobra.Command, err error) error {
	if err == nil {
		return nil
	}
	file, adapter := cmd.Flags().Lookup("config").Value.String(), cmd.Flags().Lookup("adapter").Value.String()
	if file == "" {
		file = "Caddyfile"
	}
	told := byLine(err, file, adapter)
	if strings.Contains(err.Error(), caddymodule.CaddyfileHasFaults) {
		ctx, cancel := interruptible(cmd)
		defer cancel()
		told = allOfThem(ctx, err, file, adapter)
	}
	if told.Error() == err.Error() {
		return err
	}
	cmd.SilenceErrors = false // Caddy has logged its own words
	return told
}

// ownAdapt keeps Caddy's, but for --validate, which is ours.
func ownAdapt(cmd *cobra.Command) {
	run := cmd.RunE
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		asked := cmd.Flags().Lookup("validate").Value.String() == "true"
		if err := cmd.Flags().Set("validate", "false"); err != nil {
			return err
		}
		if err := run(cmd, args); err != nil || !asked {
			return err
		}
		ctx, cancel := interruptible(cmd)
		defer cancel()
		found, err := checkConfig(ctx, cmd.Flags().Lookup("config").Value.String(), cmd.Flags().Lookup("adapter").Value.String(), true)
		if err == nil && len(found.Faults) > 0 {
			err = faulty(found)
		}
		return err
	}
}

// readEnvironment reads KEY=VALUE lines of a file into the environment, where it does not have
// them yet.
func readEnvironment(file string) error {
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer f.Close() //nolint:errcheck // it was only read
	lines := bufio.NewScanner(f)
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(lines.Text()), "export "))
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		name, value, ok := strings.Cut(line, "=")
		if !ok || name == "" || strings.ContainsAny(name, " \t") {
			return fmt.Errorf("line %d is not NAME=value", n)
		}
		if _, has := os.LookupEnv(name); has {
			continue
		}
		if len(value) > 1 && (value[0] == '"' || value[0] == '\'') && value[len(value)-1] == value[0] {
			value = value[1 : len(value)-1]
		}
		if err := os.Setenv(name, value); err != nil {
			return err
		}
	}
	return lines.Err()
}
