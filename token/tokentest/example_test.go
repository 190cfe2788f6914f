package tokentest_test

import (
	"encoding/base64"
	"fmt"
	"strings"
	"time"

	"github.com/mycarerecord/mcr/token/tokentest"
)

func Example() {
	issuer := tokentest.Start("https://issuer.example", tokentest.NewKey("PS256", "first"))
	defer issuer.Close()
	claims := issuer.Claims(time.Now(), map[string]any{"aud": "https://gp-riverside.example", "sid": nil})
	header, _, _ := strings.Cut(issuer.Sign(claims), ".")
	text, err := base64.RawURLEncoding.DecodeString(header)
	fmt.Println(string(text), err)
	// Output: {"alg":"PS256","kid":"first","typ":"at+jwt"} <nil>
}
