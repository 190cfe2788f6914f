package main

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	caddycmd "github.com/caddyserver/caddy/v2/cmd"
	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"
)

// flag is one in a command's help.
var flag = regexp.MustCompile(`(?m)^ +(?:-\w, +)?--([a-z-]+)`)

// Each command under mcr audit has the flags that it heeds, and refuses every other: one that
// was heeded by nothing would be believed.
func TestACommandOfAuditTakesItsOwnFlagsAlone(t *testing.T) {
	audit := &cobra.Command{Use: "audit"}
	caddycmd.Commands()["audit"].CobraFunc(audit)
	const list, act = "config json keys limit since source-org trail", "by config data id reason trail"
	want := map[string]string{
		"tail": list, "refused": list, "patient": list, "find": list,
		"show": "config json keys source-org trail", "prove": "config data document keys out source-org trail without-record", "hold list": "config keys trail",
		"verify":      "checkpoint config counts keys known log-checkpoint policy trail",
		"check-proof": "key policy record", "log-key": "config data trail", "witness": "folder listen log logs name",
		"redeliver": "accept address all by config data id trail", "accept-gap": act, "migrate": "cluster config dry-run topology trail",
		"access":      "cluster database from organisation own-staff sql topology xml",
		"rotate-keys": act + " forget lose-records", "erase": act + " chain finish patient record user", "retain": act + " chain dry-run finish periods",
		"hold add": act + " organisation patient record since until", "hold lift": act,
	}
	got := map[string]string{}
	var walk func(*cobra.Command, string)
	walk = func(cmd *cobra.Command, path string) {
		for _, under := range cmd.Commands() {
			walk(under, strings.TrimSpace(path+" "+under.Name()))
		}
		if !cmd.HasSubCommands() {
			var names []string
			for _, m := range flag.FindAllStringSubmatch(cmd.LocalFlags().FlagUsages()+cmd.InheritedFlags().FlagUsages(), -1) {
				names = append(names, m[1])
			}
			slices.Sort(names)
			got[path] = strings.Join(slices.Compact(names), " ")
		}
	}
	walk(audit, "")
	for path, names := range want {
		all := strings.Fields(names)
		slices.Sort(all)
		want[path] = strings.Join(all, " ")
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
