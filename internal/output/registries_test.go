package output

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/remote"
)

// A refusedRequest is an answer as a registry gives it, and what is made of it.
type refusedRequest struct {
	registry, method string
	status           int
	body             string
	anonymous        bool

	class error
	code  int
	words string // in the message
	hint  string // a part of it
}

func oci(code, message, detail string) string {
	if detail != "" {
		detail = `,"detail":` + detail
	}
	return `{"errors":[{"code":"` + code + `","message":"` + message + `"` + detail + `}]}`
}

const (
	get, put, post = http.MethodGet, http.MethodPut, http.MethodPost

	logIn, logInAgain, noRight = "log in with docker login", "log in again: the login has expired", "this login lacks the permission"
	noRoom, noMoreNow          = "the storage or the quota", "wait, then run"
	overwrites, tooLarge       = "push under another tag", "raise the size limit"
	mirrors, policy, created   = "is not a mirror", "a policy of the registry", "create the repository"
)

func refusals() []refusedRequest {
	denied, refused, unavailable, missing := registry.ErrDenied, registry.ErrRefused, registry.ErrUnavailable, registry.ErrNotFound
	const unauthorized = "unauthorized to access repository: x/app, action: push: unauthorized to access repository: x/app, action: push"
	return []refusedRequest{
		{"Docker Hub", get, 429, oci("TOOMANYREQUESTS", "You have reached your unauthenticated pull rate limit. https://www.docker.com/increase-rate-limit", ""), true, unavailable, ExitUnavailable, "pull rate limit", noMoreNow},
		{"Docker Hub", put, 401, oci("UNAUTHORIZED", "authentication required", `[{"Type":"repository","Class":"","Name":"x/app","Action":"push"}]`), true, denied, ExitDenied, "Action=push", logIn},
		{"Docker Hub", put, 403, oci("DENIED", "requested access to the resource is denied", ""), false, denied, ExitDenied, "requested access", noRight},
		{"Amazon ECR", put, 403, oci("DENIED", "Your authorization token has expired. Reauthenticate and try again.", ""), false, denied, ExitDenied, "has expired", logInAgain},
		{"Amazon ECR", put, 400, oci("TAG_INVALID", "The image tag '1.0' already exists in the 'x/app' repository and cannot be overwritten because the repository is immutable.", ""), false, refused, ExitRefused, "immutable", overwrites},
		{"Amazon ECR", post, 404, oci("NAME_UNKNOWN", "The repository with name 'x/app' does not exist in the registry with id '123456789012'", ""), false, missing, ExitNotFound, "does not exist", created},
		{"Amazon ECR", put, 403, oci("DENIED", "User: arn:aws:iam::123456789012:user/ci is not authorized to perform: ecr:PutImage on resource: arn:aws:ecr:eu-central-1:123456789012:repository/x/app because no identity-based policy allows the ecr:PutImage action", ""), false, denied, ExitDenied, "ecr:PutImage", noRight},
		{"GitHub", put, 403, oci("DENIED", "permission_denied: The token provided does not match expected scopes.", ""), false, denied, ExitDenied, "expected scopes", "create a token with the missing scope"},
		{"GitHub", put, 403, oci("DENIED", "installation not allowed to Write organization package", ""), false, denied, ExitDenied, "not allowed to Write", "a rule of the registry"},
		{"Google", put, 400, oci("MANIFEST_INVALID", "Failed to update tag '1.0': the repository has immutable tags", ""), false, refused, ExitRefused, "immutable tags", overwrites},
		{"Google", post, 404, oci("NAME_UNKNOWN", "Repository \\\"x\\\" not found", ""), false, missing, ExitNotFound, "not found", created},
		{"Google", get, 429, oci("TOOMANYREQUESTS", "Quota exceeded for quota metric 'Requests per project per region'", ""), false, unavailable, ExitUnavailable, "Quota exceeded", noMoreNow},
		{"Azure", put, 403, oci("DENIED", "The operation is disallowed on this registry, repository or image. View troubleshooting steps at https://aka.ms/acr/faq/#why-does-my-pull-or-push-request-fail-with-disallowed-operation", ""), false, denied, ExitDenied, "disallowed", "a rule of the registry"},
		{"Azure", put, 405, oci("UNSUPPORTED", "The operation is unsupported on a cache rule: the registry is read-only", ""), false, refused, ExitRefused, "read-only", mirrors},
		{"Quay", put, 403, oci("DENIED", "Quota has been exceeded on namespace", `{}`), false, refused, ExitRefused, "Quota", noRoom},
		{"Quay", put, 405, oci("UNSUPPORTED", "The registry is currently in read-only mode", `{"message":"System is currently read-only. Pulls will succeed but all write operations are currently suspended."}`), false, refused, ExitRefused, "write operations", mirrors},
		{"Harbor", put, 403, oci("DENIED", "adding 29.0 MiB of storage resource, which when updated to current usage of 152.4 MiB will exceed the configured upper limit of 10.0 MiB.", ""), false, refused, ExitRefused, "upper limit", noRoom},
		{"Harbor", put, 412, oci("PRECONDITION", "Failed to process request due to 'app:1.0' configured as immutable.", ""), false, refused, ExitRefused, "immutable", overwrites},
		{"Harbor", get, 412, oci("PROJECTPOLICYVIOLATION", "current image with 3 vulnerabilities cannot be pulled due to configured policy in 'Prevent images with vulnerability severity of Critical from running.'", ""), false, refused, ExitRefused, "vulnerabilities", policy},
		{"Harbor", put, 401, oci("UNAUTHORIZED", unauthorized, ""), false, denied, ExitDenied, "action: push", ""},
		{"Harbor", put, 404, oci("NOT_FOUND", "project not found", ""), false, missing, ExitNotFound, "project", "create the repository, or its project"},
		{"Artifactory", put, 403, oci("MANIFEST_INVALID", "manifest invalid", `{"description":"HTTP 403 Forbidden"}`), false, denied, ExitDenied, "HTTP 403 Forbidden", ""},
		{"Artifactory", put, 403, `{"errors":[{"status":403,"message":"The repository 'docker-local' rejected the artifact: overwriting of existing tags is blocked"}]}`, false, refused, ExitRefused, "overwriting", overwrites},
		{"Artifactory", put, 413, `{"errors":[{"status":413,"message":"Storage quota limit reached"}]}`, false, refused, ExitRefused, "Storage quota", noRoom},
		{"GitLab", put, 403, oci("DENIED", "requested access to the resource is denied: The group's storage limit has been reached", ""), false, refused, ExitRefused, "storage limit", noRoom},
		{"GitLab", put, 401, oci("UNAUTHORIZED", "HTTP Basic: Access denied. The provided password or token is incorrect, or your token has expired", ""), false, denied, ExitDenied, "token has expired", logInAgain},
		{"GitLab", put, 403, oci("DENIED", "manifest push is blocked: the tag 'v1' is protected and immutable", ""), false, refused, ExitRefused, "protected", overwrites},
		{"Nexus", put, 400, oci("BLOB_UPLOAD_INVALID", "blob upload invalid", `"Repository does not allow updating assets: docker-hosted"`), false, refused, ExitRefused, "does not allow updating", overwrites},
		{"Nexus", put, 400, oci("UNKNOWN", "unknown error", `"Path is not permitted by a routing rule"`), false, refused, ExitRefused, "not permitted", "a rule of the registry"},
		{"zot", put, 429, oci("TOOMANYREQUESTS", "The client has been rate limited due to the number of requests.", `"quota of the repository is used up"`), false, unavailable, ExitUnavailable, "quota", noMoreNow},
		{"zot", put, 400, oci("MANIFEST_INVALID", "manifest invalid", `{"description":"During upload, manifests undergo several checks ensuring validity."}`), false, refused, ExitRefused, "several checks", "--type oci or --type docker"},
		{"distribution", put, 500, `{"errors":[{"code":"UNKNOWN","message":"unknown error","detail":"invalid URL on layer"},{"code":"MANIFEST_BLOB_UNKNOWN","message":"blob unknown to registry","detail":"sha256:0000"}]}`, false, refused, ExitRefused, "invalid URL on layer", "without foreign layers"},
		{"distribution", put, 500, oci("UNKNOWN", "unknown error", `{"DriverName":"filesystem","Enclosed":{"Op":"write","Path":"/data","Err":28},"message":"filesystem: write /data: no space left on device"}`), false, unavailable, ExitUnavailable, "no space left", noRoom},
		{"distribution", put, 405, oci("UNSUPPORTED", "The operation is unsupported.", ""), false, refused, ExitRefused, "unsupported", mirrors},
		{"ociregistry", put, 400, oci("UNSUPPORTED", "PushManifest: unsupported: the operation is unsupported", ""), false, refused, ExitRefused, "PushManifest", mirrors},
		{"ociregistry", post, 400, oci("UNSUPPORTED", "PushBlobChunked: unsupported: the operation is unsupported", ""), false, refused, ExitRefused, "PushBlobChunked", mirrors},
		{"Gitea", put, 403, oci("DENIED", "quota exceeded", ""), false, refused, ExitRefused, "quota exceeded", noRoom},
		{"Cloudflare", put, 413, "<html>\r\n<head><title>413 Payload Too Large</title></head></html>", false, refused, ExitRefused, "an HTML page (413 Payload Too Large)", tooLarge},
		{"nginx", put, 413, "<html>\r\n<head><title>413 Request Entity Too Large</title></head>\r\n<center>nginx</center></html>", false, refused, ExitRefused, "413 Request Entity Too Large)", tooLarge},
		{"S3", get, 503, "<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>", false, unavailable, ExitUnavailable, "SlowDown: Please", noMoreNow},
	}
}

// Hints follow the words of a registry first, and its status second.
func TestRefusalsOfRegistries(t *testing.T) {
	for _, r := range refusals() {
		err := r.happen(t)
		p := Explain(t.Context(), "manifest-tool push", err)
		if !errors.Is(err, r.class) || p.Code != r.code {
			t.Errorf("%s: exit %d, want %d: %v", r.registry, p.Code, r.code, err)
		}
		if !strings.Contains(p.message, r.words) || !strings.Contains(p.Hint, r.hint) {
			t.Errorf("%s: want %q and a hint %q:\n%s\nhint: %s", r.registry, r.words, r.hint, p.message, p.Hint)
		}
	}
}

// happen has a registry give the answer.
func (r refusedRequest) happen(t *testing.T) error {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if _, _, sent := req.BasicAuth(); !sent && !r.anonymous {
			w.Header().Set("Www-Authenticate", `Basic realm="x"`)
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		if req.Method != r.method {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		if r.status == http.StatusUnauthorized {
			w.Header().Set("Www-Authenticate", `Basic realm="x"`)
		}
		w.WriteHeader(r.status)
		w.Write([]byte(r.body))
	}))
	defer server.Close()
	repository, err := name.NewRepository(strings.TrimPrefix(server.URL, "http://") + "/x/app")
	if err != nil {
		t.Fatal(err)
	}
	o := remote.Options{Backoff: time.Microsecond, Credentials: func(context.Context, name.Repository) (remote.Credential, error) {
		if r.anonymous {
			return remote.Credential{}, nil
		}
		return remote.Credential{AuthConfig: authn.AuthConfig{Username: "ci", Password: "x"}, Name: "the login of ci"}, nil
	}}
	session := remote.NewSession([]remote.Use{{Repository: repository, Push: true}}, o)
	defer session.Close()
	target, err := session.Open(t.Context(), repository)
	if err != nil {
		t.Fatal(err)
	}
	m := registry.NewManifest("application/vnd.oci.image.index.v1+json", []byte(`{"schemaVersion":2,"manifests":[]}`))
	switch r.method {
	case get:
		_, err = target.Manifest(t.Context(), registry.Ref{Tag: "1.0"})
	case put:
		err = target.PutManifest(t.Context(), registry.Ref{Tag: "1.0"}, m)
	case post:
		_, err = target.PutBlob(t.Context(), m.Descriptor(), blob{target, m.Bytes})
	}
	return err
}

// blob is a source of one blob.
type blob struct {
	registry.Repository
	content []byte
}

func (b blob) Blob(context.Context, v1.Descriptor) (io.ReadCloser, error) {
	return io.NopCloser(bytes.NewReader(b.content)), nil
}
