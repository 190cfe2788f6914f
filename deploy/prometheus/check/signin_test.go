package check_test

import (
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"strings"
)

// signIn signs the GP in to the console as a browser does, twice: the second
// sign-in ends the first session. And somebody comes back from no sign-in at all.
func (d described) signIn() error {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return err
	}
	browser := &http.Client{Jar: jar}
	for range 2 {
		chooser, err := browser.Get(d.Console + "sign-in")
		if err != nil {
			return err
		}
		chooser.Body.Close()
		form := chooser.Request.URL.Query()
		form.Set("cast", "own-gp")
		welcome, err := browser.PostForm(d.Issuer+"/authorize", form)
		if err != nil {
			return err
		}
		welcome.Body.Close()
		if welcome.StatusCode != http.StatusOK || !strings.HasPrefix(welcome.Request.URL.String(), d.Console) {
			return fmt.Errorf("signing in: %s at %s", welcome.Status, welcome.Request.URL.Path)
		}
	}
	stray, err := browser.Get(d.Console + "callback?state=of-nobody")
	if err != nil {
		return err
	}
	return stray.Body.Close()
}
