package push_test

import (
	"errors"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/plan"
)

func TestCheckMoves(t *testing.T) {
	a, b := registry.DigestOf([]byte("a")), registry.DigestOf([]byte("b"))
	arm := &v1.Platform{OS: "linux", Architecture: "arm"}
	for name, test := range map[string]struct {
		moves []plan.TagUpdate
		says  string
	}{
		"apart":                   {[]plan.TagUpdate{{Tag: "1", To: a}, {Tag: "1-arm", To: b, Platform: arm}}, ""},
		"the same image":          {[]plan.TagUpdate{{Tag: "1-arm", To: b}, {Tag: "1-arm", To: b, Platform: arm}}, ""},
		"another's tag":           {[]plan.TagUpdate{{Tag: "1-arm", To: a}, {Tag: "1-arm", To: b, Platform: arm}}, "tag 1-arm would name both " + a.String()},
		"another's tag, behind":   {[]plan.TagUpdate{{Tag: "1-arm", To: b, Platform: arm}, {Tag: "1-arm", To: a}}, "tag 1-arm would name both " + a.String()},
		"of two images":           {[]plan.TagUpdate{{Tag: "arm", To: a, Platform: arm}, {Tag: "arm", To: b, Platform: arm}}, "the image for linux/arm, " + b.String()},
		"of two images, the same": {[]plan.TagUpdate{{Tag: "arm", To: a, Platform: arm}, {Tag: "arm", To: a, Platform: arm}}, ""},
	} {
		err := plan.CheckTagUpdates(test.moves)
		if test.says == "" && err != nil || test.says != "" && (!errors.Is(err, registry.ErrInvalid) || !strings.Contains(err.Error(), test.says)) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
