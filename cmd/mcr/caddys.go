package main

import (
	"encoding/json"
	"fmt"

	caddycmd "github.com/caddyserver/caddy/v2/cmd"
	"github.com/spf13/cobra"

	"github.com/mycarerecord/mcr/version"
)

// takenOut are those of Caddy's commands that are not here, with the reason. docs/operating.md
// has the list of those that are.
var takenOut = map[string]string{
	"add-package":    "it fetches another program, without our commands, and puts it in the place of this one",
	"remove-package": "as add-package",
	"upgrade":        "as add-package: a newer mcr is a newer release",
	"file-server":    "a server without a broker",
	"reverse-proxy":  "a server without a broker: it would hand out all that a source has",
	"respond":        "a server without a broker",
	"environ":        "prints the secrets that the environment holds",
	"start":          "runs in the background, where nobody sees that it ends: a service manager does this (mcr run)",
	"trust":          "changes whom this machine trusts",
	"untrust":        "as trust",
	"storage":        "writes the private keys of certificates into one file, or over those in use",
	"manpage":        "writes manual pages of another program's name",
}

// refused are flags of Caddy's commands that are not heeded here, with what to do instead.
var refused = map[string]map[string]string{
	"run": {
		"environ":  "it would write the secrets of the environment into the log",
		"resume":   "it would run what Caddy kept of another configuration: the configuration is the Caddyfile",
		"watch":    "it would take over a Caddyfile that is half written: mcr reload takes over what changed, and says what is in force",
		"pingback": "it is mcr start's, which is not here: a service manager runs mcr",
	},
	"adapt":         {"validate": "mcr validate says all that is wrong"},
	"hash-password": {"plaintext": "a list of processes shows it: it is asked for, or read from standard input"},
}

// caddysOthers takes commands and flags of Caddy's out of the program, of its help and of what a
// shell completes, and lets those that stay speak of the broker.
func caddysOthers(root *cobra.Command) {
	for _, cmd := range root.Commands() {
		name := cmd.Name()
		if _, out := takenOut[name]; out {
			root.RemoveCommand(cmd)
			delete(caddycmd.Commands(), name)
			continue
		}
		refuseFlags(cmd, refused[name])
		switch name {
		case "run":
			cmd.Short, cmd.Long = "Runs the broker until it is stopped, as the Caddyfile in this folder says", ""
			cmd.Use = "run [--config <path> [--adapter <name>]] [--envfile <path>] [--pidfile <file>]"
		case "stop":
			cmd.Short, cmd.Long = "Stops a broker that runs: requests that have begun are answered first", ""
		case "version":
			ownVersion(cmd)
		}
	}
	root.Version, root.Example = version.This().String(), ""
	root.SetHelpTemplate("") // Caddy's own ends with an address that tells of another program
}

// refuseFlags hides flags, and refuses them where somebody gives one.
func refuseFlags(cmd *cobra.Command, flags map[string]string) {
	for name := range flags {
		_ = cmd.Flags().MarkHidden(name) // one that is not there is not given either
	}
	run := cmd.RunE
	if len(flags) == 0 || run == nil {
		return
	}
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		for name, why := range flags {
			if cmd.Flags().Changed(name) {
				return fmt.Errorf("mcr %s does not take --%s: %s", cmd.Name(), name, why)
			}
		}
		return run(cmd, args)
	}
}

// ownVersion is Caddy's command, with what this program is.
func ownVersion(cmd *cobra.Command) {
	var asJSON bool
	cmd.Use, cmd.Short, cmd.Args = "version [--json]", "Prints which program this is: version, commit, Go and Caddy", cobra.NoArgs
	cmd.Long = `Prints which program this is: its version (a tag; between tags, a pseudo-version as Go
writes it), the commit and its time, whether the sources had changes that no commit has, and
the versions of Go and of Caddy in it. The log, the metric mcr_build_info, the admin address and
the capability statement say the same.`
	cmd.Flags().BoolVar(&asJSON, "json", false, "as one JSON document, for machines")
	cmd.SilenceUsage = true
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if asJSON {
			return json.NewEncoder(cmd.OutOrStdout()).Encode(version.This())
		}
		_, err := fmt.Fprintln(cmd.OutOrStdout(), version.This())
		return err
	}
}
