// Command mcr is the My Care Record broker: Caddy with the broker's modules in
// it, and the subcommands demo, policy, source, registry, attack, audit and version.
package main

import (
	"os"
	"path/filepath"
	"runtime/debug"
	"syscall"

	"github.com/caddyserver/caddy/v2"
	caddycmd "github.com/caddyserver/caddy/v2/cmd"

	_ "github.com/caddyserver/caddy/v2/modules/standard"

	_ "github.com/mycarerecord/mcr/caddymodule"
	"github.com/mycarerecord/mcr/decision/gate/apart"
)

func main() {
	caddy.CustomBinaryName = "mcr"
	caddy.CustomLongDescription = about
	// A crash must not write a record's content to disk.
	_ = syscall.Setrlimit(syscall.RLIMIT_CORE, &syscall.Rlimit{})
	apart.Main()
	// The heap is small and its garbage short-lived: collecting half as often costs
	// some tens of megabytes. GOGC, when set, has the last word.
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(200)
	}
	// What this program writes, its admin socket too, is for its user alone.
	_ = syscall.Umask(0o077)
	caddy.DefaultAdminListen = adminAddress()
	caddycmd.Main()
}

// adminAddress is where Caddy listens for its own commands when nothing says so: a
// socket. Its own default is a port, open to every program on the machine.
func adminAddress() string {
	if asked := os.Getenv("CADDY_ADMIN"); asked != "" {
		return asked
	}
	for _, folder := range []string{os.Getenv("RUNTIME_DIRECTORY"), os.Getenv("XDG_RUNTIME_DIR")} {
		if folder != "" {
			return "unix/" + filepath.Join(folder, "mcr", "admin.sock")
		}
	}
	return "unix/" + filepath.Join(caddy.AppDataDir(), "admin.sock")
}

const about = `mcr is the My Care Record broker: a policy-driven access broker for a shared care
record. It stands in front of a source system's FHIR R4 API, decides each request
by the Rego policies, cuts the answer to what was decided, and writes a durable
audit record before the first byte leaves.

  mcr demo              a whole region with synthetic patients, on this machine
  mcr run               the broker, as the Caddyfile in this folder says
  mcr validate          says everything that is wrong with that Caddyfile
  mcr reload            takes over what changed, and says what is in force then
  mcr policy check      compiles and checks the policies
  mcr policy test       runs their tests and decision cases
  mcr policy diff       says what other policies would decide otherwise
  mcr source check      says what of a source's data would be shown, and why not the rest
  mcr registry import   takes relationships, opt-outs and orders into the registry
  mcr attack            tries to get round a running broker or any FHIR gateway
  mcr audit             asks the trail: tail, show, patient, refused, verify
  mcr version           which version, of which commit

It is Caddy inside: every directive of Caddy's is there as well, and of its commands those
that belong beside a broker (docs/operating.md).`
