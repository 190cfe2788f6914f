package main

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"time"

	"github.com/mycarerecord/mcr/token/tokentest"
)

const (
	audience = tokentest.Audience
	user     = "555000000001"
	practice = "Z91001"
)

// population is the patients of a run, all of whom gave one professional their
// permission to view, and that professional's tokens.
type population struct {
	issuer  *tokentest.Issuer
	size    int
	session string // the one token of the warm session
	fresh   []string
	signing sync.WaitGroup
}

func newPopulation(size int) *population {
	p := &population{issuer: tokentest.Start("https://issuer.example"), size: size, fresh: make([]string, size)}
	p.session = "Bearer " + p.sign("session")
	for core := range 2 {
		p.signing.Go(func() {
			for i := core; i < size; i += 2 {
				p.fresh[i] = "Bearer " + p.sign(fmt.Sprintf("token-%d", i))
			}
		})
	}
	return p
}

func (p *population) close() { p.issuer.Close() }

// token gives a token that nothing has seen before.
func (p *population) token(who int) string {
	p.signing.Wait()
	return p.fresh[who]
}

func (p *population) sign(id string) string {
	return p.issuer.Sign(p.issuer.Claims(time.Now(), map[string]any{
		"jti": id, "uid": user, "sub": user, "name": "BENCH Bea (Dr)",
		"nhsid_nrbac_roles": []any{map[string]any{"person_orgid": "1", "person_roleid": "555038001001", "org_code": practice,
			"role_name": "General Medical Practitioner", "role_code": "S8000:G8000:R8000"}},
		"nhsid_user_orgs": []any{map[string]any{"org_name": "RIVERSIDE SURGERY", "org_code": practice}},
	}))
}

// strangers are the last patients of a population: nothing permits anybody to see them.
const strangers = 8

// facts of one patient, as mcr registry import takes them: an episode of care
// with the practice, and a permission that is neither old nor longer than the rules let it be.
const facts = `{"resourceType":"EpisodeOfCare","id":"e%[1]d","status":"active","patient":{"identifier":{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"%[2]s"}},` +
	`"managingOrganization":{"identifier":{"system":"https://fhir.nhs.uk/Id/ods-organization-code","value":"` + practice + `"}},"period":{"start":"2020-01-01T00:00:00Z"}}
{"resourceType":"Consent","id":"c%[1]d","status":"active","scope":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/consentscope","code":"patient-privacy"}]},` +
	`"category":[{"coding":[{"system":"https://mycarerecord.example/fhir/CodeSystem/consent-category","code":"permission-to-view"}]}],` +
	`"dateTime":"%[3]s","patient":{"identifier":{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"%[2]s"}},` +
	`"performer":[{"identifier":{"system":"https://fhir.nhs.uk/Id/sds-user-id","value":"` + user + `"}}],` +
	`"organization":[{"identifier":{"system":"https://fhir.nhs.uk/Id/ods-organization-code","value":"` + practice + `"}}],` +
	`"provision":{"type":"permit","period":{"start":"%[3]s","end":"%[4]s"}}}
`

// register takes the population's facts into the registry that the broker uses.
func (p *population) register(dir, binary string) error {
	path := filepath.Join(dir, "facts.ndjson")
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	w := bufio.NewWriter(file)
	given, ends := time.Now().Add(-time.Hour).UTC().Format(time.RFC3339), time.Now().Add(8*time.Hour).UTC().Format(time.RFC3339)
	for i := range p.size - strangers {
		fmt.Fprintf(w, facts, i, number(i), given, ends)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if err := file.Close(); err != nil {
		return err
	}
	out, err := exec.Command(binary, "registry", "import", "--registry", filepath.Join(dir, "data", "registry.db"), "--by", "bench", path).CombinedOutput()
	if err != nil {
		return fmt.Errorf("importing facts: %w\n%s", err, out)
	}
	return nil
}
