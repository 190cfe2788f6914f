package main_test

import (
	"bytes"
	"net"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
)

// stream is one request in frames: fields as they stand, in this order, and data.
type stream struct {
	fields [][2]string
	data   string // "" ends the request with its head
	tail   [][2]string
}

// frames sends streams over one connection that speaks HTTP/2 from its first byte, and
// gives each one's status, "reset" or "" for no answer, and its body. Whatever an HTTP
// library would put in order arrives as it is.
func (s *site) frames(streams ...stream) (statuses, bodies []string) {
	s.t.Helper()
	c, err := net.Dial("tcp", s.listen)
	if err != nil {
		s.t.Fatal(err)
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(time.Minute))
	if _, err := c.Write([]byte(http2.ClientPreface)); err != nil {
		s.t.Fatal(err)
	}
	f := http2.NewFramer(c, c)
	f.ReadMetaHeaders = hpack.NewDecoder(4096, nil)
	_ = f.WriteSettings()
	packed := new(bytes.Buffer)
	encoder := hpack.NewEncoder(packed)
	head := func(id uint32, fields [][2]string, end bool) {
		packed.Reset()
		for _, one := range fields {
			_ = encoder.WriteField(hpack.HeaderField{Name: one[0], Value: one[1]})
		}
		_ = f.WriteHeaders(http2.HeadersFrameParam{StreamID: id, BlockFragment: packed.Bytes(), EndHeaders: true, EndStream: end})
	}
	for i, one := range streams {
		id := uint32(2*i + 1)
		head(id, one.fields, one.data == "" && one.tail == nil)
		if one.data != "" {
			_ = f.WriteData(id, one.tail == nil, []byte(one.data))
		}
		if one.tail != nil {
			head(id, one.tail, true)
		}
	}
	statuses, bodies = make([]string, len(streams)), make([]string, len(streams))
	for open := len(streams); open > 0; {
		frame, err := f.ReadFrame()
		if err != nil {
			return statuses, bodies
		}
		i := int(frame.Header().StreamID-1) / 2
		switch frame := frame.(type) {
		case *http2.MetaHeadersFrame:
			statuses[i] = frame.PseudoValue("status")
			if frame.StreamEnded() {
				open--
			}
		case *http2.DataFrame:
			bodies[i] += string(frame.Data())
			if frame.StreamEnded() {
				open--
			}
		case *http2.RSTStreamFrame:
			if statuses[i] == "" {
				statuses[i] = "reset"
			}
			open--
		case *http2.GoAwayFrame:
			return statuses, bodies
		}
	}
	return statuses, bodies
}

// Attack 344: HTTP/2, which has frames of its own and is not judged byte by byte. A
// plain listener takes it too, from the first byte. What HTTP/1 hides in lines a client
// may try in fields; and two people's questions travel on one connection, mixed.
func TestAttack344WhatFramesCanHide(t *testing.T) {
	s := newSite(t, answering("secret"), "")
	s.start()
	own, stranger := "Bearer "+s.token("u1", "RZ1"), "Bearer "+s.token("u2", "RZ2")
	with := func(method, path, auth string, more ...[2]string) [][2]string {
		return append([][2]string{{":method", method}, {":scheme", "http"}, {":authority", s.listen}, {":path", path}, {"authorization", auth}}, more...)
	}
	to := func(authority string) [][2]string {
		return [][2]string{{":method", "GET"}, {":scheme", "http"}, {":authority", authority}, {":path", observations}, {"authorization", own}}
	}
	form, post := [2]string{"content-type", "application/x-www-form-urlencoded"}, "/fhir/Observation/_search"
	if got, bodies := s.frames(stream{fields: with("GET", observations, own)}); got[0] != "200" || !strings.Contains(bodies[0], "secret") {
		t.Fatalf("the honest question: %s %s", got, bodies)
	}
	for name, one := range map[string]stream{
		"a coding":                   {fields: with("GET", observations, own, [2]string{"transfer-encoding", "chunked"})},
		"two tokens":                 {fields: with("GET", observations, stranger, [2]string{"authorization", own})},
		"a token in capitals":        {fields: with("GET", observations, stranger, [2]string{"Authorization", own})},
		"a token in a trailer":       {fields: with("POST", post, stranger, form, [2]string{"trailer", "authorization"}), data: "patient=p1", tail: [][2]string{{"authorization", own}}},
		"another host beside":        {fields: with("GET", observations, own, [2]string{"host", "other.example"})},
		"another host":               {fields: to("other.example")},
		"somebody before the host":   {fields: to("x@" + s.listen)},
		"two paths":                  {fields: with("GET", observations, own, [2]string{":path", observations})},
		"a path with a host":         {fields: with("GET", "http://"+s.listen+observations, own)},
		"a path without its slash":   {fields: with("GET", observations[1:], own)},
		"a path with lines":          {fields: with("GET", observations+"\r\nX: y", own)},
		"a path with a blank":        {fields: with("GET", observations+" HTTP/1.1", own)},
		"a field with lines":         {fields: with("GET", observations, own, [2]string{"x", "y\r\nX: y"})},
		"a field that is taken out":  {fields: with("GET", observations, own, [2]string{"connection", "authorization"})},
		"another protocol":           {fields: with("CONNECT", observations, own, [2]string{":protocol", "websocket"})},
		"a GET with a form":          {fields: with("GET", observations, own), data: "patient=p2"},
		"a length that is too short": {fields: with("POST", post, own, form, [2]string{"content-length", "5"}), data: "patient=p1"},
		"a length that is too long":  {fields: with("POST", post, own, form, [2]string{"content-length", "50"}), data: "patient=p1"},
		"a method in small letters":  {fields: with("get", observations, own)},
		"the whole server":           {fields: with("OPTIONS", "*", own)},
	} {
		got, bodies := s.frames(one)
		if got[0] == "" || got[0] == "200" && name != "the whole server" || strings.Contains(bodies[0], "secret") {
			t.Errorf("%s: %s %s", name, got, bodies)
		}
	}
	got, bodies := s.frames(stream{fields: with("GET", observations, own)}, stream{fields: with("GET", observations, stranger)},
		stream{fields: with("POST", post, stranger, form), data: "patient=p1"}, stream{fields: with("POST", post, own, form), data: "patient=p1"})
	for i, want := range []string{"200", "403", "403", "200"} {
		if got[i] != want || strings.Contains(bodies[i], "secret") != (want == "200") {
			t.Errorf("two people on one connection, question %d: %s %s", i+1, got[i], bodies[i])
		}
	}
}

const observations = "/fhir/Observation?patient=p1"
