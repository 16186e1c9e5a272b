package main

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"log"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/manifest-tool/manifest-tool/internal/cli"
)

// bird is a password that each encoding changes.
const bird = `Kanari"\w&/<ä>+%41-9d8`

// sung are the encodings in which a server repeats the password.
var sung = map[string]func(string) string{
	"raw":              func(s string) string { return s },
	"JSON":             inJSON,
	"JSON, escapes":    func(s string) string { return eachRune(s, `\u%04X`) },
	"JSON, slashes":    func(s string) string { return strings.ReplaceAll(inJSON(s), "/", `\/`) },
	"path":             url.PathEscape,
	"form":             url.QueryEscape,
	"lower %xx":        func(s string) string { return eachByte(s, "%%%02x") },
	"HTML":             html.EscapeString,
	"HTML, numbers":    func(s string) string { return eachRune(s, "&#x%x;") },
	"base64":           func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) },
	"base64, a pair":   func(s string) string { return base64.StdEncoding.EncodeToString([]byte("ci:" + s)) },
	"base64, raw URL":  func(s string) string { return base64.RawURLEncoding.EncodeToString([]byte("x" + s)) },
	"base64, two more": func(s string) string { return base64.URLEncoding.EncodeToString([]byte("xx" + s + "yy")) },
}

func inJSON(s string) string {
	raw, _ := json.Marshal(s)
	return string(raw[1 : len(raw)-1])
}

func eachRune(s, form string) string {
	var b strings.Builder
	for _, r := range s {
		fmt.Fprintf(&b, form, r)
	}
	return b.String()
}

func eachByte(s, form string) string {
	var b strings.Builder
	for _, c := range []byte(s) {
		fmt.Fprintf(&b, form, c)
	}
	return b.String()
}

var (
	escapes   = regexp.MustCompile(`\\u[0-9a-fA-F]{4}|\\x[0-9a-fA-F]{2}|\\.`)
	percented = regexp.MustCompile(`(%[0-9a-fA-F]{2})+`)
)

// sings reports whether a text has the password in it, or its first half, under up to three encodings.
func sings(text string) bool {
	for range 4 {
		lower := strings.ToLower(text)
		for _, form := range []string{bird, bird[:12], strings.ReplaceAll(bird, "+", " ")} {
			if strings.Contains(lower, strings.ToLower(form)) {
				return true
			}
		}
		for shift := range 3 {
			core := base64.RawStdEncoding.EncodeToString([]byte("\x00\x00"[:shift] + bird))[4:24]
			if strings.Contains(strings.NewReplacer("-", "+", "_", "/").Replace(text), core) {
				return true
			}
		}
		text = html.UnescapeString(text)
		text = percented.ReplaceAllStringFunc(text, func(s string) string { plain, _ := url.PathUnescape(s); return plain })
		text = escapes.ReplaceAllStringFunc(text, func(s string) string {
			if plain, err := strconv.Unquote(`"` + s + `"`); err == nil {
				return plain
			}
			return s[1:]
		})
	}
	return false
}

// A perch is where a server repeats the password s, in its answer to a request with a login.
type perch func(w http.ResponseWriter, r *http.Request, s string)

// header is a perch in a header of an answer with a status.
func header(status int, name, form string) perch {
	return func(w http.ResponseWriter, r *http.Request, s string) {
		w.Header()[name] = []string{strings.ReplaceAll(form, "SECRET", strings.NewReplacer("HOST", r.Host).Replace(s))}
		w.WriteHeader(status)
	}
}

// body is a perch in a body of a type. Where the type is JSON, the secret is a part of a string.
func body(status int, kind, form string) perch {
	return func(w http.ResponseWriter, _ *http.Request, s string) {
		if strings.Contains(kind, "json") {
			s = asString(s)
		}
		text := strings.ReplaceAll(form, "SECRET", s)
		w.Header().Set("Content-Type", kind)
		w.Header().Set("Docker-Content-Digest", fmt.Sprintf("sha256:%x", sha256.Sum256([]byte(text))))
		w.WriteHeader(status)
		io.WriteString(w, text)
	}
}

// asString makes a part of a JSON string of what may be one already.
func asString(s string) string {
	if json.Valid([]byte(`"` + s + `"`)) {
		return s
	}
	return inJSON(s)
}

// raw is a perch in the bytes of an answer.
func raw(form string) perch {
	return func(w http.ResponseWriter, _ *http.Request, s string) {
		conn, _, err := w.(http.Hijacker).Hijack()
		if err == nil {
			io.WriteString(conn, strings.ReplaceAll(form, "SECRET", s))
			conn.Close()
		}
	}
}

const (
	ociIndex = "application/vnd.oci.image.index.v1+json"
	ociImage = "application/vnd.oci.image.manifest.v1+json"
	aDigest  = `"digest":"sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a","size":2`
)

var perches = map[string]perch{
	"error code":            body(403, "application/json", `{"errors":[{"code":"SECRET","message":"x"}]}`),
	"error message":         body(403, "application/json", `{"errors":[{"code":"DENIED","message":"no SECRET"}]}`),
	"error message, cut":    body(403, "application/json", `{"errors":[{"code":"DENIED","message":"`+strings.Repeat("x", 185)+`SECRET"}]}`),
	"error detail":          body(403, "application/json", `{"errors":[{"code":"DENIED","message":"x","detail":"SECRET"}]}`),
	"error detail, object":  body(500, "application/json", `{"errors":[{"code":"UNKNOWN","message":"x","detail":{"SECRET":"SECRET"}}]}`),
	"other JSON":            body(400, "application/json", `{"message":"SECRET","SECRET":1}`),
	"text":                  body(403, "text/plain", "no SECRET"),
	"text, cut":             body(403, "text/plain", strings.Repeat("x", 190)+"SECRET"),
	"HTML":                  body(404, "text/html", "<html><title>SECRET</title></html>"),
	"XML":                   body(403, "application/xml", "<Error><Code>SECRET</Code><Message>SECRET</Message></Error>"),
	"error's type":          header(403, "Content-Type", "SECRET"),
	"type":                  header(200, "Content-Type", "SECRET"),
	"digest header":         header(200, "Docker-Content-Digest", "SECRET"),
	"link":                  header(200, "Link", `<SECRET>; rel="next"`),
	"warning":               header(404, "Warning", `299 - "SECRET"`),
	"warning, cut":          header(404, "Warning", `299 - "`+strings.Repeat("x", 190)+`SECRET"`),
	"retry-after":           header(429, "Retry-After", "SECRET"),
	"quota":                 header(429, "Ratelimit-Remaining", "0;w=SECRET"),
	"redirect":              header(307, "Location", "SECRET"),
	"redirect's path":       header(307, "Location", "http://127.0.0.1:1/SECRET"),
	"redirect's path, http": header(301, "Location", "/SECRET/SECRET"),
	"redirect's query":      header(307, "Location", "http://127.0.0.1:1/?SECRET"),
	"redirect's login":      header(307, "Location", "http://SECRET@127.0.0.1:1/"),
	"redirect's host":       header(307, "Location", "http://SECRET/"),
	"redirect's scheme":     header(307, "Location", "SECRET://127.0.0.1/"),
	"realm":                 header(401, "Www-Authenticate", `Bearer realm="SECRET",service="x"`),
	"realm's path":          header(401, "Www-Authenticate", `Bearer realm="http://127.0.0.1:1/SECRET",service="x"`),
	"realm's host":          header(401, "Www-Authenticate", `Bearer realm="http://SECRET/",service="x"`),
	"service":               header(401, "Www-Authenticate", `Bearer realm="http://127.0.0.1:1/",service="SECRET",scope="SECRET",error="SECRET"`),
	"challenge":             header(401, "Www-Authenticate", "SECRET"),
	"status text":           raw("HTTP/1.1 403 SECRET\r\nContent-Length: 0\r\n\r\n"),
	"status line":           raw("HTTP/1.1 SECRET\r\nContent-Length: 0\r\n\r\n"),
	"protocol":              raw("SECRET 200 OK\r\n\r\n"),
	"header line":           raw("HTTP/1.1 200 OK\r\nSECRET\r\n\r\n"),
	"header name":           raw("HTTP/1.1 200 OK\r\nSECRET: x\r\n\r\n"),
	"length":                raw("HTTP/1.1 200 OK\r\nContent-Length: SECRET\r\n\r\n"),
	"coding":                raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: SECRET\r\n\r\n"),
	"chunk":                 raw("HTTP/1.1 200 OK\r\nContent-Type: " + ociIndex + "\r\nTransfer-Encoding: chunked\r\n\r\nSECRET\r\n"),
	"trailer":               raw("HTTP/1.1 200 OK\r\nTrailer: SECRET\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
	"no JSON":               body(200, ociIndex, "SECRET"),
	"media type":            body(200, ociIndex, `{"schemaVersion":2,"mediaType":"SECRET","manifests":[]}`),
	"entry's media type":    body(200, ociIndex, `{"schemaVersion":2,"mediaType":"`+ociIndex+`","manifests":[{"mediaType":"SECRET",`+aDigest+`}]}`),
	"entry's digest":        body(200, ociIndex, `{"schemaVersion":2,"mediaType":"`+ociIndex+`","manifests":[{"mediaType":"`+ociImage+`","digest":"SECRET","size":2}]}`),
	"entry's platform":      body(200, ociIndex, `{"schemaVersion":2,"mediaType":"`+ociIndex+`","manifests":[{"mediaType":"`+ociImage+`",`+aDigest+`,"platform":{"os":"SECRET","architecture":"SECRET","variant":"SECRET","os.version":"SECRET","os.features":["SECRET"]}}]}`),
	"entry's annotations":   body(200, ociIndex, `{"schemaVersion":2,"mediaType":"`+ociIndex+`","manifests":[{"mediaType":"`+ociImage+`",`+aDigest+`,"artifactType":"SECRET","annotations":{"SECRET":"SECRET"},"urls":["SECRET"]}]}`),
	"annotations":           body(200, ociIndex, `{"schemaVersion":2,"mediaType":"`+ociIndex+`","manifests":[],"artifactType":"SECRET","annotations":{"SECRET":"SECRET"},"SECRET":{"SECRET":"SECRET"}}`),
	"image's fields":        body(200, ociImage, `{"schemaVersion":2,"mediaType":"`+ociImage+`","artifactType":"SECRET","config":{"mediaType":"SECRET",`+aDigest+`},"layers":[{"mediaType":"SECRET",`+aDigest+`,"urls":["SECRET"]}],"annotations":{"SECRET":"SECRET"}}`),
	"tags":                  body(200, "application/json", `{"name":"SECRET","tags":["SECRET","1.0"]}`),
	"token's error":         body(400, "application/json", `{"error":"SECRET","error_description":"SECRET","details":"SECRET"}`),
}

// canaryCommands are commands that read an image, or write one. What they write beside goes into a folder.
func canaryCommands(dir string) [][]string {
	return [][]string{
		{"inspect", "IMAGE"}, {"inspect", "--format", "json", "--config", "IMAGE"}, {"inspect", "--raw", "IMAGE"}, {"inspect", "--format", "raw", "IMAGE"},
		{"manifest", "inspect", "IMAGE"},
		{"copy", "--all-tags", "HOST/app", "HOST/copy"}, {"copy", "--output", "json", "IMAGE", "oci-layout:" + filepath.Join(dir, "layout")},
		{"push", "from-args", "--metadata-file", filepath.Join(dir, "metadata"), "--platforms", "linux/amd64", "--template", "IMAGE", "--target", "HOST/target:1.0"},
		{"push", "from-args", "--dry-run", "--platforms", "linux/amd64", "--template", "IMAGE", "--target", "HOST/target:1.0"},
		{"verify", "IMAGE"}, {"verify", "--output", "json", "--deep", "--all-tags", "HOST/app"}, {"verify", "--output", "sarif", "IMAGE"},
		{"verify", "--output", "junit", "IMAGE"}, {"verify", "--output", "github", "--repair-from", "HOST/copy", "IMAGE"},
		{"auth", "explain", "IMAGE"}, {"auth", "explain", "--output", "json", "IMAGE"},
		{"auth", "login", "--authfile", filepath.Join(dir, "auth.json"), "HOST"},
	}
}

// TestCanary puts the password, in each encoding, wherever an answer of a registry has room for it. Nothing that the
// program says has it.
func TestCanary(t *testing.T) {
	log.SetOutput(io.Discard) // as the program does
	defer log.SetOutput(os.Stderr)
	for where, perch := range perches {
		t.Run(where, func(t *testing.T) {
			var all sync.WaitGroup
			for how, encode := range sung {
				all.Go(func() {
					host := canaryServer(t, perch, strings.NewReplacer("\r", "", "\n", "").Replace(encode(bird)))
					for i, command := range canaryCommands(t.TempDir()) {
						if !testing.Short() || (i+len(how)+len(where))%3 == 0 {
							checkSilence(t, how, host, command)
						}
					}
				})
			}
			all.Wait()
		})
	}
}

// canaryServer starts a server that wants the password, and then repeats it.
func canaryServer(t *testing.T, perch perch, song string) string {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if user, password, _ := r.BasicAuth(); user != "ci" || password != bird {
			w.Header().Set("Www-Authenticate", `Basic realm="x"`)
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		perch(w, r, song)
	}))
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	t.Cleanup(server.Close)
	return strings.TrimPrefix(server.URL, "http://")
}

// checkSilence runs a command against a registry that repeats the password.
func checkSilence(t *testing.T, how, host string, command []string) {
	t.Helper()
	args := []string{"manifest-tool", "--debug", "--username", host + "=ci", "--password-stdin"}
	for _, word := range command {
		args = append(args, strings.NewReplacer("IMAGE", host+"/app:1.0", "HOST", host).Replace(word))
	}
	var stdout, stderr bytes.Buffer
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond) // a host that does not exist takes longer
	defer cancel()
	cli.Execute(ctx, args, cli.Env{Stdin: strings.NewReader(bird), Stdout: &stdout, Stderr: &stderr, Backoff: time.Millisecond})
	if sings(stdout.String()) || sings(stderr.String()) {
		t.Errorf("%s: %q says\n%s%s", how, command, &stdout, &stderr)
	}
	if strings.Contains(strings.Join(command, " "), "json") && stdout.Len() > 0 && !json.Valid(stdout.Bytes()) {
		t.Errorf("%s: %q prints no JSON: %s", how, command, &stdout)
	}
	for i, word := range command {
		if word == "--metadata-file" {
			if written, _ := os.ReadFile(command[i+1]); sings(string(written)) {
				t.Errorf("%s: %q writes %s", how, command, written)
			}
		}
	}
}

// TestCanaryInCertificate: the names of a certificate are told where they are not those of the registry.
func TestCanaryInCertificate(t *testing.T) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for how, encode := range sung {
		name := encode(bird)
		template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
			Subject: pkix.Name{CommonName: name, Organization: []string{name}}, DNSNames: asciiOnly(name, name+".example")}
		der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
		if err != nil {
			t.Fatal(how, err)
		}
		server := httptest.NewUnstartedServer(http.NotFoundHandler())
		server.TLS = &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
		server.Config.ErrorLog = log.New(io.Discard, "", 0)
		server.StartTLS()
		host := strings.TrimPrefix(server.URL, "https://")
		checkSilence(t, how, host, []string{"inspect", "IMAGE"})
		checkSilence(t, how, host, []string{"--insecure", "inspect", "IMAGE"})
		server.Close()
	}
}

func asciiOnly(names ...string) (all []string) {
	for _, name := range names {
		if strings.IndexFunc(name, func(r rune) bool { return r >= 0x80 }) < 0 {
			all = append(all, name)
		}
	}
	return all
}

// TestCanaryInArchive: names and documents in an archive, which is copied to a registry with a login.
func TestCanaryInArchive(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	defer server.Close()
	host := strings.TrimPrefix(server.URL, "http://")
	for how, encode := range sung {
		name := encode(bird)
		text := asString(name)
		path := filepath.Join(t.TempDir(), "a.tar")
		for kind, files := range map[string][][2]string{
			"oci-archive:":    {{"oci-layout", `{"imageLayoutVersion":"` + text + `"}`}, {"index.json", `{"schemaVersion":2,"manifests":[]}`}},
			"oci-archive: ":   {{"oci-layout", `{"imageLayoutVersion":"1.0.0"}`}, {"index.json", `{"schemaVersion":2,"manifests":[{"mediaType":"` + text + `",` + aDigest + `,"annotations":{"org.opencontainers.image.ref.name":"` + text + `"}}]}`}},
			"oci-archive:  ":  {{"../" + name, "x"}, {name, "x"}, {name, "x"}, {"index.json", text}},
			"docker-archive:": {{"manifest.json", `[{"Config":"` + text + `","RepoTags":["` + text + `","` + text + `:1"],"Layers":["` + text + `"]}]`}, {name, "x"}},
		} {
			writeTar(t, path, files)
			for _, tag := range []string{"", ":1.0"} {
				checkSilence(t, how, host, []string{"copy", strings.TrimRight(kind, " ") + path + tag, "HOST/copy:1.0"})
				checkSilence(t, how, host, []string{"push", "from-args", "--platforms", "linux/amd64", "--template", strings.TrimRight(kind, " ") + path + tag, "--target", "HOST/copy:1.0"})
			}
		}
	}
}

func writeTar(t *testing.T, path string, files [][2]string) {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, f := range files {
		if err := w.WriteHeader(&tar.Header{Name: f[0], Size: int64(len(f[1])), Mode: 0o644}); err != nil {
			t.Fatal(err)
		}
		io.WriteString(w, f[1])
	}
	w.Close()
	if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}
