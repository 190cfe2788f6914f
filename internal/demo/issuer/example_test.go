package issuer_test

import (
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"strings"

	"github.com/mycarerecord/mcr/internal/demo/issuer"
)

func Example() {
	s, err := issuer.New(issuer.Options{URL: "http://127.0.0.1:4711", Cast: []issuer.Member{
		{ID: "own-gp", Name: "Dr Amara Okafor", UserID: "555001000100", RoleCode: "S0010:G0020:R0260", Organisation: "Z91001"},
	}})
	if err != nil {
		panic(err)
	}
	r := httptest.NewRequest("POST", "/token", strings.NewReader(`{"cast":"own-gp"}`))
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	var answer struct {
		AccessToken string `json:"access_token"`
		ExpiresIn   int    `json:"expires_in"`
	}
	if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil {
		panic(err)
	}
	fmt.Println(len(strings.Split(answer.AccessToken, ".")), "parts, for", answer.ExpiresIn, "seconds")
	// Output: 3 parts, for 600 seconds
}
