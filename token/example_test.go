package token_test

import (
	"context"
	"fmt"
	"time"

	"github.com/mycarerecord/mcr/token"
	"github.com/mycarerecord/mcr/token/tokentest"
)

func Example() {
	issuer := tokentest.Start("https://am.nhsidentity.example/oauth2") // a stand-in for NHS CIS2
	defer issuer.Close()
	v, err := token.New(token.Config{Issuers: []token.Issuer{{
		Name:       issuer.Name,
		JWKSURL:    issuer.URL,
		Audience:   []string{tokentest.Audience},
		Algorithms: []string{"ES256"},
		Preset:     token.PresetCIS2,
	}}})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer v.Close()

	bearer := issuer.Sign(issuer.Claims(time.Now(), nil)) // what stands after "Authorization: Bearer "
	who, err := v.Verify(context.Background(), &token.Presented{Token: bearer})
	fmt.Println(who.Name, who.Role, who.Organisation, who.Assurance, err)

	_, err = v.Verify(context.Background(), &token.Presented{Token: bearer + "A"})
	fmt.Println(err, token.Code(err))
	// Output:
	// LACEY Priya (Dr) R8000 A20047 AAL3 <nil>
	// verifying token: its signature does not fit signature-wrong
}
