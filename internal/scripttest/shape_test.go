package scripttest

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/manifest-tool/manifest-tool/internal/registrytest"
)

const shapeScript = `
shape -set ZSTD $R/app:zstd zstd
complete $R/app:zstd
complete $R/app@$ZSTD
complete $R/app@$ZSTD_4
! complete $R/app@$ZSTD_5

shape -set ATTESTED $R/app:attested referrer-attestation
about $R/app:attested about
grep $ATTESTED_REFERRER_1 about

! shape $R/app:sparse sparse
! complete $R/app:sparse

shape oci-layout:layout:v1 sparse
exists layout/blobs/sha256
grep '"org.opencontainers.image.ref.name":"v1"' layout/index.json
shape oci-archive:soci.tar soci
exists soci.tar
`

func TestShape(t *testing.T) {
	srv := registrytest.New(t, registrytest.Options{})
	script := filepath.Join(t.TempDir(), "shape.txtar")
	if err := os.WriteFile(script, []byte(shapeScript), 0o666); err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Files: []string{script},
		Cmds:  commands,
		Setup: func(env *testscript.Env) error {
			env.Setenv("R", srv.Host())
			return nil
		},
	})
}
