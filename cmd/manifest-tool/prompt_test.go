//go:build linux

package main

import (
	"os/signal"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/manifest-tool/manifest-tool/internal/output"
	"github.com/manifest-tool/manifest-tool/internal/registrytest"
)

// On a terminal, the program asks for the password of --username, and the terminal does not show it.
func TestPasswordPrompt(t *testing.T) {
	server := registrytest.New(t, withLogin(registrytest.Options{Auth: registrytest.TokenAuth}))
	server.Push(t, "app", "amd64", registrytest.Image{}.Build())
	image := server.Host() + "/app:amd64"
	host, _, _ := strings.Cut(server.Host(), "/")
	for name, tt := range map[string]struct {
		args  []string
		typed string
		code  int
		want  string
	}{
		"username alone":     {[]string{"inspect", "--username", "ci", image}, canary + "\r", output.ExitDone, "Name:"},
		"username with host": {[]string{"inspect", "--username", host + "=ci", image}, canary + "\r", output.ExitDone, "Name:"},
		"password-stdin":     {[]string{"inspect", "--username", "ci", "--password-stdin", image}, canary + "\r", output.ExitDone, "Name:"},
		"asked once":         {[]string{"create", "--drafts", t.TempDir(), "--amend", "--push", "--username", "ci", server.Host() + "/app:1.0", image}, canary + "\r", output.ExitDone, "Digest: sha256:"},
		"wrong":              {[]string{"inspect", "--username", "ci", image}, "x" + canary + "\r", output.ExitDenied, "log in again"},
		"empty":              {[]string{"inspect", "--username", "ci", image}, "\r", output.ExitUsage, "the password is empty"},
		"interrupted":        {[]string{"inspect", "--username", "ci", image}, "abc\x03", output.ExitInterrupt, "stopped by interrupt"},
		"out of time":        {[]string{"inspect", "--timeout", "300ms", "--username", "ci", image}, "", output.ExitUnavailable, "not finished after 300ms"},
		"push":               {[]string{"push", "from-args", "--username", "ci", "--platforms", "linux/amd64", "--template", image, "--target", server.Host() + "/app:2.0"}, canary + "\r", output.ExitDone, "Digest: sha256:"},
		"after a backspace":  {[]string{"inspect", "--username", "ci", image}, "x\x7f" + canary + "\r", output.ExitDone, "Name:"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := startOnTerminal(t, 80, nil, tt.args...)
			s.await(t, "Password for ci at "+host+": ")
			for deadline := time.Now().Add(10 * time.Second); s.echoes(t) && tt.typed != ""; time.Sleep(10 * time.Millisecond) {
				if time.Now().After(deadline) {
					t.Fatal("the terminal shows what is typed")
				}
			}
			s.typeIn(t, tt.typed)
			code, text := s.wait(t)
			if code != tt.code || !strings.Contains(text, tt.want) || shows(text) || strings.Count(text, "Password for") != 1 {
				t.Errorf("exit %d, want %d with %q:\n%s", code, tt.code, tt.want, text)
			}
			if !s.echoes(t) {
				t.Error("the terminal does not show what is typed afterwards")
			}
		})
	}
}

// On a terminal, auth login asks for the user name and the password.
func TestLoginPrompt(t *testing.T) {
	server := registrytest.New(t, withLogin(registrytest.Options{Auth: registrytest.BasicAuth}))
	const name, password = "Username for ", "Password for "
	for what, tt := range map[string]struct {
		args  []string
		typed []string // at each prompt
		code  int
		want  string
	}{
		"both":                      {nil, []string{"ci\r", canary + "\r"}, output.ExitDone, "the login of ci is stored in ~/.docker/config.json"},
		"typed ahead":               {nil, []string{" ci \r" + canary + "\r"}, output.ExitDone, "the login of ci is stored"},
		"the password only":         {[]string{"-u", "ci"}, []string{canary + "\r"}, output.ExitDone, "the login of ci is stored"},
		"no name":                   {nil, []string{"\r"}, output.ExitUsage, "auth login requires --username"},
		"end at the name":           {nil, []string{"\x04"}, output.ExitUsage, "no user name was typed: the input ended"},
		"end behind a name":         {nil, []string{"ci\x04\x04", "\x04"}, output.ExitUsage, "no password was typed: the input ended"},
		"end at the password":       {[]string{"-u", "ci"}, []string{"\x04"}, output.ExitUsage, "no password was typed: the input ended"},
		"no password":               {[]string{"-u", "ci"}, []string{"\r"}, output.ExitUsage, "the password is empty"},
		"wrong":                     {[]string{"-u", "ci"}, []string{"x" + canary + "\r"}, output.ExitDenied, "no login was stored"},
		"interrupt at the name":     {nil, []string{"c\x03"}, output.ExitInterrupt, "stopped by interrupt"},
		"interrupt at the password": {[]string{"-u", "ci"}, []string{"abc\x03"}, output.ExitInterrupt, "stopped by interrupt"},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			s := startOnTerminal(t, 80, nil, append([]string{"auth", "login", server.Host()}, tt.args...)...)
			prompts := []string{name, password}
			if tt.args != nil {
				prompts = prompts[1:]
			}
			for i, typed := range tt.typed {
				s.await(t, prompts[i])
				for deadline := time.Now().Add(10 * time.Second); prompts[i] == password && s.echoes(t); time.Sleep(10 * time.Millisecond) {
					if time.Now().After(deadline) {
						t.Fatal("the terminal shows what is typed")
					}
				}
				s.typeIn(t, typed)
			}
			code, text := s.wait(t)
			if what == "typed ahead" { // the terminal shows what is typed before somebody asks
				text = strings.Replace(text, canary, "", 1)
			}
			if code != tt.code || !strings.Contains(text, tt.want) || shows(text) || !s.echoes(t) {
				t.Errorf("exit %d, want %d with %q, echo %v:\n%s", code, tt.code, tt.want, s.echoes(t), text)
			}
		})
	}
}

// A signal at the prompt leaves the terminal as it was.
func TestPasswordPromptSignals(t *testing.T) {
	for sent, code := range map[syscall.Signal]int{syscall.SIGTERM: output.ExitTerminate, syscall.SIGHUP: output.ExitHangup} {
		if signal.Ignored(sent) { // as under nohup, which the program inherits
			continue
		}
		s := startOnTerminal(t, 80, nil, "inspect", "--username", "ci", "127.0.0.1:1/app")
		s.await(t, "Password for ci at 127.0.0.1:1: ")
		time.Sleep(50 * time.Millisecond)
		s.cmd.Process.Signal(sent)
		if got, text := s.wait(t); got != code || !s.echoes(t) {
			t.Errorf("%s: exit %d, echo %v\n%s", sent, got, s.echoes(t), text)
		}
	}
}

// In a CI job with a terminal, nobody is there to answer.
func TestNoPasswordPromptInCI(t *testing.T) {
	s := startOnTerminal(t, 80, []string{"CI=true"}, "inspect", "--username", "ci", "127.0.0.1:1/app")
	if code, text := s.wait(t); code != output.ExitUsage || strings.Contains(text, "Password for") {
		t.Errorf("exit %d\n%s", code, text)
	}
}

// Without a terminal, the program asks no one.
func TestNoPasswordPrompt(t *testing.T) {
	code, _, stderr := tool(t, canary, nil, "inspect", "--username", "ci", "127.0.0.1:1/app")
	if code != output.ExitUsage || !strings.Contains(stderr, "--username needs --password-stdin or --password") || strings.Contains(stderr, "Password for") {
		t.Errorf("exit %d\n%s", code, stderr)
	}
}
