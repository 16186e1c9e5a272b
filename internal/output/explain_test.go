package output

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/name"

	"github.com/manifest-tool/manifest-tool/registry/push"
	"github.com/manifest-tool/manifest-tool/registry/remote"
)

// The hint about a credential helper is for logins that the helper would replace.
func TestInCloud(t *testing.T) {
	const host = "123456789012.dkr.ecr.eu-central-1.amazonaws.com"
	cloud, err := name.NewRegistry(host)
	if err != nil {
		t.Fatal(err)
	}
	for login, told := range map[remote.Login]bool{
		{}:                true,
		{Credential: "x"}: true,
		{Credential: "the login from docker-credential-ecr-login for x"}: false,
		{Credential: "x", Known: true}:                                   false, // another one would not help
	} {
		login.Registry = cloud
		if got := inCloud(login); got != told {
			t.Errorf("with %+v the hint is told: %v", login, got)
		}
	}
}

// A run that --timeout ends after some tags have moved is a partial one.
func TestTimeoutAfterSomeTags(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(TimedOut{After: time.Second})
	for _, test := range []struct {
		err  error
		want int
	}{
		{context.Canceled, ExitUnavailable},
		{&push.PartialError{Moved: []string{"1"}, NotMoved: []string{"2"}, Err: context.Canceled}, ExitPartial},
	} {
		if got := Explain(ctx, "push", test.err).Code; got != test.want {
			t.Errorf("%v: exit %d, want %d", test.err, got, test.want)
		}
	}
}
