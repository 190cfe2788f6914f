package caddymodule

import (
	"bytes"
	"io"
	"log"
	"strings"
	"testing"
)

// Attack 301: Go's HTTP transport quotes in its log what a source sent unasked. The line
// stays; what stands in quotes goes.
func TestAttack301WhatASourceSentUnaskedIsInNoLog(t *testing.T) {
	usual := log.Writer()
	defer log.SetOutput(usual)
	var said bytes.Buffer
	log.SetOutput(&said)
	withoutWords()
	withoutWords() // at each load
	log.Printf("Unsolicited response received on idle HTTP channel starting with %q; err=%v", `{"name":"CANARY"} "CANARY`, io.EOF)
	log.Print("a line without quotes")
	log.Printf("a broken one: %s", `"CANARY`)
	if text := said.String(); strings.Contains(text, "CANARY") || strings.Count(text, "(left out)") != 2 ||
		!strings.Contains(text, "err=EOF") || !strings.Contains(text, "a line without quotes") {
		t.Errorf("%s", text)
	}
}
