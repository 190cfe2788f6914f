package attack

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"strings"
)

// TokenFrom says where a professional's token comes from: one of its parts is given.
type TokenFrom struct {
	Env     string   `yaml:"env"`     // a variable of the environment
	File    string   `yaml:"file"`    // a file that holds it and nothing else
	Command []string `yaml:"command"` // a command that prints it
	Text    string   `yaml:"text"`    // the token itself: for tests only
	Post    *Post    `yaml:"post"`    // a token endpoint
}

// Post asks a token endpoint, which answers {"access_token": "..."}.
type Post struct {
	URL  string               `yaml:"url"`
	Form map[string]SecretRef `yaml:"form"` // as in grant_type: {text: client_credentials}
	JSON map[string]SecretRef `yaml:"json"`
}

// SecretRef is a text, or where it is to be read.
type SecretRef struct {
	Text string `yaml:"text"`
	Env  string `yaml:"env"`
	File string `yaml:"file"`
}

const longestToken = 64 << 10

func (f TokenFrom) faults() (faults []string) {
	given := 0
	for _, is := range []bool{f.Env != "", f.File != "", len(f.Command) > 0, f.Text != "", f.Post != nil} {
		if is {
			given++
		}
	}
	if given != 1 {
		return []string{"give one of env, file, command, post, text"}
	}
	if f.Post == nil {
		return nil
	}
	if err := baseFault(f.Post.URL); err != "" {
		faults = append(faults, "post.url: "+err)
	}
	if (f.Post.Form == nil) == (f.Post.JSON == nil) {
		faults = append(faults, "post: give form or json, one of them")
	}
	return faults
}

// get gives the token, which is never printed.
func (f TokenFrom) get(ctx context.Context, client *http.Client) (string, error) {
	var text []byte
	var err error
	switch {
	case f.Post != nil:
		return f.Post.get(ctx, client)
	case len(f.Command) > 0:
		text, err = exec.CommandContext(ctx, f.Command[0], f.Command[1:]...).Output()
	default:
		var s string
		s, err = SecretRef{f.Text, f.Env, f.File}.read()
		text = []byte(s)
	}
	if err != nil {
		return "", fmt.Errorf("getting a token: %w", err)
	}
	return usable(string(text))
}

func usable(text string) (string, error) {
	text = strings.TrimSpace(text)
	if text == "" || len(text) > longestToken || strings.ContainsAny(text, " \r\n\t") {
		return "", errors.New("getting a token: what came is none")
	}
	return text, nil
}

func (s SecretRef) read() (string, error) {
	switch {
	case s.Env != "":
		text, ok := os.LookupEnv(s.Env)
		if !ok {
			return "", fmt.Errorf("%s is not in the environment", s.Env)
		}
		return text, nil
	case s.File != "":
		text, err := os.ReadFile(s.File)
		return strings.TrimSpace(string(text)), err
	}
	return s.Text, nil
}

func (p Post) get(ctx context.Context, client *http.Client) (string, error) {
	kind, body := "application/json", []byte(nil)
	values := map[string]string{}
	for name, ref := range p.JSON {
		text, err := ref.read()
		if err != nil {
			return "", fmt.Errorf("getting a token: %w", err)
		}
		values[name] = text
	}
	body, _ = json.Marshal(values) // strings always have a JSON form
	if p.Form != nil {
		form := url.Values{}
		for name, ref := range p.Form {
			text, err := ref.read()
			if err != nil {
				return "", fmt.Errorf("getting a token: %w", err)
			}
			form.Set(name, text)
		}
		kind, body = "application/x-www-form-urlencoded", []byte(form.Encode())
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, p.URL, bytes.NewReader(body))
	if err != nil {
		return "", fmt.Errorf("getting a token: %w", err)
	}
	r.Header.Set("Content-Type", kind)
	r.Header.Set("Accept", "application/json")
	resp, err := client.Do(r)
	if err != nil {
		return "", fmt.Errorf("getting a token: %w", err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(io.LimitReader(resp.Body, 4*longestToken))
	var answer struct {
		AccessToken string `json:"access_token"`
	}
	if err != nil || resp.StatusCode != http.StatusOK || json.Unmarshal(text, &answer) != nil {
		return "", fmt.Errorf("getting a token: %s answers %d and no access_token", r.URL.Host, resp.StatusCode)
	}
	return usable(answer.AccessToken)
}
