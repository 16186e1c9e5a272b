package integration

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/manifest-tool/manifest-tool/internal/registrytest"
)

// TestCopyAsOthersDo copies a whole image beside skopeo and crane: all three leave the same.
func TestCopyAsOthersDo(t *testing.T) {
	t.Parallel()
	onEveryRegistry(t, func(t *testing.T, r registry) {
		images := []registrytest.Artifact{registrytest.Attested(build("copy", "amd64")), build("copy", "arm64")}
		index := registrytest.Index(false, append(images[0].Children, images[1])...)
		pushArtifact(t, r.Host, "dev/app", "1.0", index)

		out, err := command(t, []string{"HOME=" + t.TempDir()}, binary(t), "copy", r.Host+"/dev/app:1.0", r.Host+"/prod/app", "--platform-tags", "TAG-ARCH")
		if err != nil || !strings.HasPrefix(out, "Digest: "+index.Digest+" ") {
			t.Fatalf("copy prints %q, %v", out, err)
		}
		if got := strings.TrimSpace(crane(t, "digest", r.Host+"/prod/app:1.0")); got != index.Digest {
			t.Errorf("crane finds %s", got)
		}
		crane(t, "validate", "--remote", r.Host+"/prod/app:1.0")
		if got := strings.TrimSpace(crane(t, "digest", r.Host+"/prod/app:1.0-arm64")); got != images[1].Digest {
			t.Errorf("crane finds %s for arm64, not %s", got, images[1].Digest)
		}
		crane(t, "copy", r.Host+"/dev/app:1.0", r.Host+"/crane/app:1.0")
		if got := strings.TrimSpace(crane(t, "digest", r.Host+"/crane/app:1.0")); got != index.Digest {
			t.Errorf("crane copies %s", got)
		}
		t.Run("skopeo", func(t *testing.T) {
			skopeo, env := installed(t, "skopeo"), containersEnv(t)
			from, dir := "docker://"+r.Host+"/prod/app:1.0", t.TempDir()
			if _, err := command(t, env, skopeo, "copy", "--all", "--src-tls-verify=false", from, "oci:"+dir+":1.0"); err != nil {
				t.Fatal(err)
			}
			// and what skopeo has written, we copy back
			back := r.Host + "/back/app"
			out, err := command(t, env, binary(t), "copy", "oci-layout:"+filepath.ToSlash(dir)+":1.0", back)
			if err != nil || !strings.HasPrefix(out, "Digest: "+index.Digest+" ") {
				t.Errorf("what skopeo has copied is %q, %v", out, err)
			}
		})
	})
}
