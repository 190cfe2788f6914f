package version_test

import (
	"fmt"
	"time"

	"github.com/mycarerecord/mcr/version"
)

func ExampleBuild_String() {
	fmt.Println(version.Build{Version: "v1.2.3", Commit: "08855ac4c1d0b6f1b0c2f1f7a6b0d4f5e6a7b8c9",
		Time: time.Date(2026, 11, 30, 3, 0, 0, 0, time.UTC), Go: "go1.26.5", Caddy: "v2.11.9"})
	// Output: mcr v1.2.3, commit 08855ac4c1d0 of 2026-11-30 03:00:00 UTC, go1.26.5, Caddy v2.11.9
}
