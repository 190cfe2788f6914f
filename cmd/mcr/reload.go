package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"slices"
	"strings"

	caddycmd "github.com/caddyserver/caddy/v2/cmd"
	"github.com/spf13/cobra"

	"github.com/mycarerecord/mcr/caddymodule"
	"github.com/mycarerecord/mcr/legible"
)

// caddysOwn changes some of Caddy's commands, which it lets nobody replace: "run" may start
// by the last good policies, "reload" says what is in force, and "validate" everything that
// is wrong.
func caddysOwn(root *cobra.Command) {
	for _, cmd := range root.Commands() {
		run := cmd.RunE
		switch cmd.Name() {
		case "run":
			cmd.RunE = func(cmd *cobra.Command, args []string) error {
				if err := withBroker(cmd.Flags().Lookup("config").Value.String()); err != nil {
					return err
				}
				caddymodule.StartByLastGood()
				return notStarted(cmd, run(cmd, args))
			}
		case "validate":
			ownValidate(cmd)
		case "adapt":
			ownAdapt(cmd)
		case "reload":
			cmd.Use = "reload [--config <path>] [--adapter <name>] [--address <interface>]"
			cmd.Short, cmd.Long = "Takes over what changed, and says what is in force then", aboutReload
			cmd.Flags().Lookup("config").Usage = "Configuration file; without it, Caddyfile in this folder"
			cmd.Flags().Lookup("force").Usage = "Take over also what is the same as before, and what it names: certificates, keys"
			cmd.RunE = func(cmd *cobra.Command, _ []string) error { return reload(cmd) }
			cmd.SilenceUsage = true
			cmd.SetOut(legible.Writer(os.Stdout))
			plainErrors(cmd)
		}
	}
}

// withBroker refuses a configuration that has no broker: all that it leads to, a source perhaps,
// would be handed out. Whatever else is wrong with it Caddy says.
func withBroker(file string) error {
	if file == "" {
		file = "Caddyfile"
	}
	if _, err := caddymodule.ReadConfigured(file); errors.Is(err, caddymodule.ErrNoBroker) {
		return fmt.Errorf("%w: mcr runs no server without one; write it as the Caddyfile that comes with mcr does", err)
	}
	return nil
}

const aboutReload = `
Gives the running broker the Caddyfile as it is now, and with it the policies that it names.
No request and no record is lost: the new configuration is started before the old one ends.

The policies come into force when they pass: mcr policy check finds nothing, every test
holds, and every case is decided as it says. Then it is said what is in force (revision,
digest, since when, who asked; which own rules of organisations), what is red, and what
differs from the policies before: rules, lists, settings, words, each case that is decided
otherwise, and whose own rules are new, changed or gone.

When they do not pass, or the Caddyfile is not fit, nothing is taken over: what was in force
stays, what is wrong is told, and it ends with an error.

mcr policy diff and the console's page "What would change" tell beforehand what policies
would change. The broker is found at the admin address of the Caddyfile, or at --address.`

// reload is Caddy's, by the broker's own address: it says in words what is not fit, or what
// is in force now and what changed.
func reload(cmd *cobra.Command) error {
	flag := func(name string) string { return cmd.Flags().Lookup(name).Value.String() }
	config, file, adapter, err := caddycmd.LoadConfig(flag("config"), flag("adapter"))
	if err != nil {
		ctx, cancel := interruptible(cmd)
		defer cancel()
		return allOfThem(ctx, err, flag("config"), flag("adapter"))
	}
	if file == "" {
		return errors.New("there is no Caddyfile here; name one with --config")
	}
	address, err := caddycmd.DetermineAdminAPIAddress(flag("address"), config, file, flag("adapter"))
	if err != nil {
		return err
	}
	headers := http.Header{"Mcr-By": {userName()}, "Caddy-Config-Source-File": {file}, "Caddy-Config-Source-Adapter": {adapter}}
	if flag("force") == "true" {
		headers.Set("Cache-Control", "must-revalidate")
	}
	var now struct {
		InForce caddymodule.Standing `json:"in_force"`
		Changed bool                 `json:"changed"`
		Red     map[string]string    `json:"red"`
	}
	if err := tell(address, http.MethodPost, "/broker/load", headers, config, &now); err != nil {
		return fmt.Errorf("nothing was taken over, and what was in force is: %w", byLine(err, file, flag("adapter")))
	}
	say(cmd.OutOrStdout(), now.InForce, now.Changed)
	for _, why := range now.Red {
		fmt.Fprintln(cmd.OutOrStdout(), "RED:", why)
	}
	if !now.Changed {
		return nil
	}
	var changes struct {
		Since   string `json:"since"`
		Changes string `json:"changes"`
	}
	if err := tell(address, http.MethodGet, "/broker/changes", nil, nil, &changes); err != nil {
		fmt.Fprintln(cmd.OutOrStdout(), "What changed since the policies before cannot be said:", err)
		return nil
	}
	if changes.Since == "" {
		fmt.Fprintln(cmd.OutOrStdout(), "There are no policies before these to compare with.")
		return nil
	}
	fmt.Fprintf(cmd.OutOrStdout(), "Changed since the policies before (%s):\n\n%s", changes.Since, changes.Changes)
	return nil
}

func say(w io.Writer, s caddymodule.Standing, changed bool) {
	word := "In force now"
	if !changed {
		word = "Nothing has changed. In force"
	}
	fmt.Fprintf(w, "%s: policies %s (digest %s), since %s", word, s.Revision, s.Digest, s.Since.Format("2006-01-02 15:04:05 UTC"))
	if s.By != "" {
		fmt.Fprintf(w, ", by %s", s.By)
	}
	fmt.Fprintf(w, "; they passed %d tests and %d cases; %d sources\n", s.Tests, s.Cases, len(s.Sources))
	for _, of := range slices.Sorted(maps.Keys(s.Own)) {
		fmt.Fprintf(w, "Beside them the own rules of %s restrict what is seen at its sources (digest %s).\n", of, s.Own[of])
	}
	if r := s.Release; r != nil {
		fmt.Fprintf(w, "They are the release with the serial %d, fetched from %s: a newer one is taken by itself.\n", r.Serial, r.From)
	}
}

// tell asks the admin address and reads its answer. What it refuses is an error with its own
// words, line for line.
func tell(address, method, path string, headers http.Header, body []byte, into any) error {
	var send io.Reader
	if body != nil {
		send = bytes.NewReader(body)
	}
	answer, err := caddycmd.AdminAPIRequest(address, method, path, headers, send)
	if err != nil {
		return refusal(err)
	}
	defer answer.Body.Close()
	return json.NewDecoder(answer.Body).Decode(into)
}

// refusal takes the words out of what Caddy gives for an answer that is an error.
func refusal(err error) error {
	text := err.Error()
	at := strings.Index(text, "{\"error\":")
	var said struct {
		Error string `json:"error"`
	}
	if at < 0 || json.Unmarshal([]byte(text[at:]), &said) != nil {
		return err
	}
	return errors.New(said.Error)
}
