package console_test

import (
	"strings"
	"testing"

	"github.com/mycarerecord/mcr/console"
)

func TestAConfigurationsFaultsComeAtOnce(t *testing.T) {
	_, err := console.New(console.Config{Path: "console/", PublicURL: "http://record.example/x", Issuer: "http://issuer.example", Idle: -1})
	for _, want := range []string{"path:", "public url:", "issuer:", "client id:", "verifier:", "collector:", "engine:", "idle"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("no word of %s: %v", want, err)
		}
	}
}
