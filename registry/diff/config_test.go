package diff

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/plan"
)

// lines are changes in a short form: "+Env A=1".
func lines(changes []Change) []string {
	out := []string{}
	for _, c := range changes {
		field := strings.TrimSpace(c.Field + " " + c.Name)
		switch {
		case c.From == nil && c.To != nil:
			out = append(out, fmt.Sprintf("+%s=%s", field, *c.To))
		case c.To == nil && c.From != nil:
			out = append(out, fmt.Sprintf("-%s=%s", field, *c.From))
		default:
			out = append(out, fmt.Sprintf("~%s=%s>%s", field, *c.From, *c.To))
		}
	}
	return out
}

// imageOf is an image with a config.
func imageOf(config string, layers ...v1.Descriptor) plan.ImageDetails {
	return plan.ImageDetails{
		Config:      v1.Descriptor{MediaType: types.OCIConfigJSON, Digest: registry.DigestOf([]byte(config)), Size: int64(len(config))},
		ConfigBytes: []byte(config),
		Layers:      layers,
	}
}

func TestConfigs(t *testing.T) {
	for name, test := range map[string]struct {
		from, to string
		want     []string
	}{
		"variables by name, the last value counts": {
			`{"config":{"Env":["PATH=/bin","A=1","B=2","C=x=y","A=0"]}}`, `{"config":{"Env":["PATH=/usr/bin","A=0","C=x=y","D="]}}`,
			[]string{"-Env B=2", "+Env D=", "~Env PATH=/bin>/usr/bin"},
		},
		"the order of variables":     {`{"config":{"Env":["A=1","B=2"]}}`, `{"config":{"Env":["B=2","A=1"]}}`, []string{`~Env=["A=1","B=2"]>["B=2","A=1"]`}},
		"variables of a wrong type":  {`{"config":{"Env":"A=1"}}`, `{"config":{"Env":["A=1"]}}`, []string{`~Env=A=1>["A=1"]`}},
		"labels":                     {`{"config":{"Labels":{"a":"1","b":"2"}}}`, `{"config":{"Labels":{"a":"1","b":"3","c":""}}}`, []string{"~Labels b=2>3", "+Labels c="}},
		"a label of a wrong type":    {`{"config":{"Labels":{"a":1}}}`, `{"config":{"Labels":{"a":"1"}}}`, []string{`~Labels={"a":1}>{"a":"1"}`}},
		"ports and volumes":          {`{"config":{"ExposedPorts":{"80/tcp":{}},"Volumes":null}}`, `{"config":{"ExposedPorts":{"8080/tcp":{}},"Volumes":{"/data":{}}}}`, []string{"-ExposedPorts 80/tcp=", "+ExposedPorts 8080/tcp=", "+Volumes /data="}},
		"entrypoint, cmd, user":      {`{"config":{"Entrypoint":["/a"],"Cmd":["x"],"User":"0"}}`, `{"config":{"Entrypoint":["/a","b"],"User":"65532","WorkingDir":"/w","StopSignal":"SIGINT"}}`, []string{`-Cmd=["x"]`, `~Entrypoint=["/a"]>["/a","b"]`, "+StopSignal=SIGINT", "~User=0>65532", "+WorkingDir=/w"}},
		"created, author, version":   {`{"created":"1970-01-01T00:00:00Z","author":"a","os.version":"10.0.1"}`, `{"created":"2026-01-01T00:00:00Z","os.version":"10.0.2","os.features":["win32k"]}`, []string{"-author=a", "~created=1970-01-01T00:00:00Z>2026-01-01T00:00:00Z", `+os.features=["win32k"]`, "~os.version=10.0.1>10.0.2"}},
		"an unknown field":           {`{"x":{"b":1,"a":2}}`, `{"x":{"a":2,"b":2}}`, []string{`~x={"a":2,"b":1}>{"a":2,"b":2}`}},
		"key order and white space":  {`{"x":{"b":1,"a":2},"y":1}`, `{ "y":1, "x":{"a":2,"b":1}}`, []string{}},
		"what says nothing":          {`{"config":{"Cmd":null,"Env":[],"User":""}}`, `{"config":{}}`, []string{}},
		"large numbers stay as they": {`{"x":10000000000000000000001}`, `{"x":10000000000000000000002}`, []string{"~x=10000000000000000000001>10000000000000000000002"}},
		"layers in the config alone": {`{"rootfs":{"diff_ids":["sha256:a"]}}`, `{"rootfs":{"diff_ids":["sha256:b"]}}`, []string{`~rootfs={"diff_ids":["sha256:a"]}>{"diff_ids":["sha256:b"]}`}},
	} {
		t.Run(name, func(t *testing.T) {
			got := compareImages(imageOf(test.from), imageOf(test.to))
			if diff := cmp.Diff(test.want, lines(got.Config)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestConfigThatIsNone(t *testing.T) {
	for _, bad := range []string{``, `[]`, `{`, `"x"`, `{"a":` + strings.Repeat("[", 200) + strings.Repeat("]", 200) + `}`} {
		got := compareImages(imageOf(bad), imageOf(`{}`))
		if len(got.Config) != 1 || got.Config[0].Field != "digest" {
			t.Errorf("%.20q: %q", bad, lines(got.Config))
		}
	}
	chart := imageOf(`{}`)
	chart.Config.MediaType = "application/vnd.cncf.helm.config.v1+json"
	got := compareImages(chart, imageOf(`{"a":1}`))
	if len(got.Config) != 1 || len(got.Manifest) != 1 || got.Manifest[0].Field != "config.mediaType" {
		t.Errorf("%q %q", lines(got.Config), lines(got.Manifest))
	}
}

func TestHistory(t *testing.T) {
	for name, test := range map[string]struct {
		from, to string
		want     *History
	}{
		"equal":      {`{"history":[{"comment":"a"}]}`, `{"x":1,"history":[{"comment":"a"}]}`, nil},
		"times":      {`{"history":[{"created":"a"}]}`, `{"history":[{"created":"b"}]}`, &History{1, 1, 0}},
		"more steps": {`{"history":[{"comment":"a"}]}`, `{"history":[{"comment":"b"},{"comment":"c"}]}`, &History{1, 2, 2}},
		"wrong type": {`{"history":7}`, `{"history":[{}]}`, &History{0, 1, 1}},
	} {
		if diff := cmp.Diff(test.want, compareImages(imageOf(test.from), imageOf(test.to)).History); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestLayers(t *testing.T) {
	layer := func(text string, size int64) v1.Descriptor {
		return v1.Descriptor{Digest: registry.DigestOf([]byte(text)), Size: size}
	}
	a, b, c := layer("a", 1), layer("b", 10), layer("c", 100)
	huge := layer("huge", 1<<63-1)
	config := `{"rootfs":{"diff_ids":["sha256:1","sha256:2"]}}`
	for name, test := range map[string]struct {
		from, to []v1.Descriptor
		want     Layers
	}{
		"one replaced":           {[]v1.Descriptor{a, b}, []v1.Descriptor{a, c}, Layers{Shared: Count{1, 1}, Added: Count{1, 100}, Removed: Count{1, 10}, SameContent: true}},
		"one more":               {[]v1.Descriptor{a}, []v1.Descriptor{a, b, c}, Layers{Shared: Count{1, 1}, Added: Count{2, 110}}},
		"twice":                  {[]v1.Descriptor{a, a}, []v1.Descriptor{a}, Layers{Shared: Count{1, 1}, Removed: Count{1, 1}}},
		"another order":          {[]v1.Descriptor{a, b}, []v1.Descriptor{b, a}, Layers{Shared: Count{2, 11}, Reordered: true}},
		"sizes that are too big": {nil, []v1.Descriptor{huge, a}, Layers{Added: Count{2, 1<<63 - 1}}},
	} {
		got := compareImages(imageOf(config, test.from...), imageOf(config, test.to...)).Layers
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// Whatever a config holds, the comparison ends, is empty for equal configs, and is the same in the other direction.
func FuzzConfigs(f *testing.F) {
	for _, seed := range []string{
		`{}`, `{"config":{"Env":["A=1","A=2",""],"Labels":{"":""},"Volumes":{"a":1}},"history":[{},null],"rootfs":null}`, `{"config":null,"history":{}}`,
		`{"config":[],"rootfs":{"diff_ids":[1]}}`, `{"config":{"Env":null,"env":[]},"config":{"Env":[]}}`, "{\"\x00\":\"\xff\"}", `[`,
	} {
		f.Add(seed, `{"config":{"Env":["A=1"]}}`)
	}
	f.Fuzz(func(t *testing.T, from, to string) {
		if same := compareImages(imageOf(from), imageOf(from)); !same.IsEmpty() {
			t.Errorf("%q differs from itself: %v", from, lines(same.Config))
		}
		there, back := compareImages(imageOf(from), imageOf(to)), compareImages(imageOf(to), imageOf(from))
		if there.IsEmpty() != back.IsEmpty() || len(there.Config) != len(back.Config) {
			t.Errorf("%d changes there, %d back", len(there.Config), len(back.Config))
		}
		for i, c := range there.Config {
			other := back.Config[i]
			if c.Field != other.Field || c.Name != other.Name || !cmp.Equal(c.From, other.To) || !cmp.Equal(c.To, other.From) {
				t.Errorf("%+v there, %+v back", c, other)
			}
			if c.From == nil && c.To == nil {
				t.Errorf("%s changes nothing", c.Field)
			}
		}
	})
}
