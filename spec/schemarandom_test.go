package spec

import (
	"math/rand/v2"
	"strings"
	"testing"
)

// randomSpecs is how many random specs the tests make.
const randomSpecs = 500

// TestSchemaOfWords compares the verdicts for each word at each place.
func TestSchemaOfWords(t *testing.T) {
	schemas := loadSchemas(t)
	for _, in := range wordSpecs() {
		judge(schemas, in).check(t, in, "")
	}
}

// wordSpecs are plain specs with one word at one place, alone and in a list.
func wordSpecs() []string {
	const manifests = "\nmanifests: [{image: b}]\n"
	platform := func(key string) string { return "image: a\nmanifests: [{image: b, platform: {" + key + ": @}}]" }
	var specs []string
	for _, place := range []struct{ words, spec string }{
		{targetWords, "image: @" + manifests}, {tagWords, "image: a\ntags: @" + manifests}, {typeWords, "image: a\ntype: @" + manifests},
		{templateWords, "image: a\nplatform-tags: @" + manifests}, {templateWords, "image: a\nplatformTags: @" + manifests},
		{valueWords, "image: a\nannotations: {k: @}" + manifests}, {anything, "image: a\nmanifests: @"}, {anything, "image: a\nmanifests: [@]"},
		{sourceWords, "image: a\nmanifests: [{image: @}]"}, {valueWords, "image: a\nmanifests: [{image: b, annotations: {k: @}}]"},
		{platformWords, "image: a\nmanifests: [{image: b, platform: @}]"}, {osWords, platform("os")}, {architectureWords, platform("architecture")},
		{variantWords, platform("variant")}, {versionWords, platform("os.version")}, {versionWords, platform("osversion")},
		{featureWords, platform("os.features")}, {featureWords, platform("osFeatures")}, {featureWords, platform("features")},
		{anything, "@"},
	} {
		for word := range strings.FieldsSeq(strings.Replace(place.words, "|", " ", 1)) {
			word = strings.ReplaceAll(word, "▁", " ")
			specs = append(specs, strings.Replace(place.spec, "@", word, 1), strings.Replace(place.spec, "@", "["+word+"]", 1))
		}
	}
	return specs
}

// TestSchemaOfRandomSpecs compares the verdicts for specs of all shapes, valid and broken.
func TestSchemaOfRandomSpecs(t *testing.T) {
	schemas := loadSchemas(t)
	accepted := 0
	for seed := range uint64(randomSpecs) {
		in := randomSpec(seed)
		v := judge(schemas, in)
		if v.check(t, in, ""); v.parser == nil {
			accepted++
			in = rewritten(t, in) // as create writes it
			judge(schemas, in).check(t, in, "")
		}
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
	t.Logf("%d of %d specs are valid", accepted, randomSpecs)
	if accepted < randomSpecs/4 || accepted > randomSpecs*3/4 {
		t.Errorf("%d of %d specs are valid", accepted, randomSpecs)
	}
}

func rewritten(t *testing.T, in string) string {
	t.Helper()
	s, _, err := Load("spec.yaml", strings.NewReader(in), Options{AllowUnknownPlatform: true})
	if err != nil {
		t.Fatal(err)
	}
	raw, err := s.Write("written anew")
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

func randomSpec(seed uint64) string { return writer{rand.New(rand.NewPCG(seed, 14))}.spec() }

// A writer makes random specs. Most words are right. A list of words has the right ones before a "|".
type writer struct{ *rand.Rand }

const slip = 60 // one of so many words is wrong

func (w writer) spec() string {
	var lines []string
	if !w.rarely() {
		lines = append(lines, "image: "+w.several(targetWords))
	}
	if w.often() {
		lines = append(lines, w.word("tags tags tags tags tags|Tags tag")+": "+w.several(tagWords))
	}
	if w.often() {
		lines = append(lines, "type: "+w.word(typeWords))
	}
	if w.IntN(4) == 0 {
		lines = append(lines, "annotations: "+w.annotations())
	}
	if w.IntN(4) == 0 {
		lines = append(lines, w.word("platform-tags platform_tags platformTags|platform.tags")+": "+w.word(templateWords))
	}
	if w.IntN(4) == 0 {
		lines = append(lines, w.word("x-mine x-: x-manifests|y-mine xmine")+": "+w.word(anything))
	}
	switch {
	case w.rarely():
		lines = append(lines, "manifests: "+w.word(anything))
	case !w.rarely():
		lines = append(lines, "manifests:")
		for range 1 + w.IntN(3) {
			lines = append(lines, "- "+w.entry())
		}
	}
	w.Shuffle(len(lines), func(i, j int) {
		if !strings.HasPrefix(lines[i], "-") && !strings.HasPrefix(lines[j], "-") && lines[i] != "manifests:" && lines[j] != "manifests:" {
			lines[i], lines[j] = lines[j], lines[i]
		}
	})
	return strings.Join(lines, "\n") + "\n"
}

func (w writer) entry() string {
	var fields []string
	if !w.rarely() {
		fields = append(fields, "image: "+w.word(sourceWords))
	}
	switch w.IntN(4) {
	case 0:
		fields = append(fields, w.word("platform platform platform|Platform platfrom")+": "+w.word(platformWords))
	case 1:
		fields = append(fields, "platform: "+w.platform())
	}
	if w.IntN(6) == 0 {
		fields = append(fields, "annotations: "+w.annotations())
	}
	if w.IntN(6) == 0 {
		fields = append(fields, "x-mine: "+w.word(anything))
	}
	return w.mapping(fields)
}

func (w writer) platform() string {
	var fields []string
	for _, f := range [][2]string{
		{"os|OS", osWords}, {"architecture|arch", architectureWords}, {"variant|version", variantWords},
		{"os.version osversion os_version osVersion|os-version", versionWords},
	} {
		if w.often() {
			fields = append(fields, w.word(f[0])+": "+w.word(f[1]))
		}
	}
	for _, key := range []string{"os.features osfeatures os_features osFeatures|os-features", "features|feature"} {
		if w.IntN(4) == 0 {
			fields = append(fields, w.word(key)+": "+w.several(featureWords))
		}
	}
	if w.IntN(6) == 0 {
		fields = append(fields, "x-mine: "+w.word(anything))
	}
	return w.mapping(fields)
}

func (w writer) annotations() string {
	if w.IntN(8) == 0 {
		return w.word("{} ~ null|[] word 3 [{}]")
	}
	return w.mapping([]string{w.word("k org.example.a 3 x-y ~|''") + ": " + w.word(valueWords)})
}

func (w writer) mapping(fields []string) string {
	w.Shuffle(len(fields), func(i, j int) { fields[i], fields[j] = fields[j], fields[i] })
	return "{" + strings.Join(fields, ", ") + "}"
}

// several is one word, or a list.
func (w writer) several(words string) string {
	if w.IntN(2) == 0 {
		return w.word(words)
	}
	var items []string
	for range w.IntN(4) + w.IntN(2) {
		items = append(items, w.word(words))
	}
	return "[" + strings.Join(items, ", ") + "]"
}

// word is a word of a list, in which ▁ stands for a blank.
func (w writer) word(words string) string {
	right, wrong, _ := strings.Cut(words, "|")
	from := strings.Fields(right)
	if w.rarely() && wrong != "" {
		from = strings.Fields(wrong)
	}
	return strings.ReplaceAll(from[w.IntN(len(from))], "▁", " ")
}

func (w writer) rarely() bool { return w.IntN(slip) == 0 }
func (w writer) often() bool  { return w.IntN(2) == 0 }

var (
	anything = "~ 1 1.5 -1 true word '' [] {} [a] {a:▁b} [[]] [{}] [~] 2020-01-02|'"

	targetWords = `a a:1 a/b quay.io/app quay.io/app:1.0 localhost/a localhost:5000/a/b:x_1 REG.example/a:1 Host:5000/a '[::1]:5000/a:1'
		a__b/c--d.e:v a.b:c 'a▁' "a:1\n" oci-layout:out oci-layout:out:x oci-archive:/tmp/a.tar:1.0 oci-layout:a@b oci-archive://x 'oci-layout:a▁b'
		oci-layout:a$1 oci-layout:a$ 5 010 true 123456 docker.io/a 127.0.0.1:5000/a 'oci-layout:{x}'
		|A a/B a:b/c:d a@` + digest + ` quay.io/app:1@` + digest + ` docker-archive:x.tar '▁docker-archive:x.tar:a' https://quay.io/a user:pass@host/a 'a▁b' a: a:.b a:-1
		a..b a._b a/ /a //a - -5 -1.5 .a a- a_ a___b ${A}:1 a:${TAG} $A/b '{{a}}' {{a}} a:{{b}} 'oci-layout:{{x}}' oci-layout:$x oci-layout:${x}
		'' ~ [] {} [[]] {a:▁b} 'oci-layout:' oci-layout: "a\x01b" "oci-layout:a\x01" Foo/bar a_b.c/d a.b_c/d host:0/a host:123456/a '[::1/a' -a/b a.-b/c .nan .inf -.inf é a:é ` + strings.Repeat("a", 3) + `:` + strings.Repeat("b", 129)

	sourceWords = `a a:1 a/b quay.io/app quay.io/app:1.0 localhost/a localhost:5000/a/b:x_1 REG.example/a:1 a@` + digest + ` quay.io/app:1@` + digest + ` 'a▁'
		oci-layout:out oci-layout:out:x oci-archive:/tmp/a.tar:1.0 docker-archive:x.tar docker-archive:x.tar:acme/app:1 oci-layout:a@` + digest + `
		5 010 true 1e3 2020-01-02 docker-archive:C:\dir\x.tar
		|A a/B a@sha256:12 a@` + strings.ToUpper(digest) + ` a@` + digest + `0 a@sha512:` + strings.Repeat("0", 128) + ` a@` + digest + `:1 https://quay.io/a 'a▁b' a: a:.b -5 ${A}:1 {{a}} '' ~ [] {} [a] {a:▁b}
		docker-archive: docker-archive:${x} 'docker-archive:{{x}}.tar' "docker-archive:x\x7fy" "docker-archive:x\xc2y" a/b/C .nan +.inf`

	tagWords = `3.10 3 1.0 010 0x10 1e3 1_000 yes no true False 2020-01-02 v1 latest A_b.c-d _ 'a▁' "a\n" 'null' 1e400 nan
		|-x .x a/b a:b 'a▁b' '' ~ [] {} [a] {a:▁b} ${TAG} $TAG {{x}} '{{x}}' é -5 -1.5 .5 +5 .inf -.inf .nan ` + strings.Repeat("t", 129)

	typeWords     = `auto docker oci '' ~ null 'oci▁' "docker\n" auto oci oci auto|OCI Docker dcoker 5 true [] [oci] {} 'o▁ci'`
	templateWords = `TAG-ARCH TAG-OS-ARCH ARCHVARIANT ARCH TAG-ARCHVARIANT-OSVERSION '' ~ 'TAG-ARCH▁' _ARCH xARCHx VARIANT-ARCH
		|TAG TAG-OS TAG/ARCH ${TAG}-ARCH '{{t}}-ARCH' -ARCH .ARCH 5 true [] {} 'TAG▁ARCH' arch TAG:ARCH [ARCH]`

	osWords           = `linux Linux windows macos beos '' ~ 5 true 'linux▁' "linux\n" l'x a$ $1|${OS} $OS '{{os}}' {{os}} [] {} [linux] {a:▁b}`
	architectureWords = `amd64 386 x86_64 armhf arm64 z80 '' ~ 'arm▁' 1.5|${ARCH} $ARCH '{{arch}}' [] {} [arm]`
	variantWords      = `v7 7 v8 '' ~ 8.1 armv7|${V} [] {} [v7]`
	versionWords      = `10.0.20348.2113 1809 20H2 10.0 '' ~ '▁' '10▁'|${V} $V [] {} ['10']`
	featureWords      = `win32k sse4 2 '' ~ 'a▁b' true|${F} [] {} [[]] '{{f}}' $F`
	valueWords        = `v yes 1.10 2020-01-02 "x:▁y" ~ '' true ${V} '{{x}}' -1|[] {} [x] {a:▁b}`

	platformWords = `linux/amd64 linux/arm/v7 Linux/x86_64 windows/amd64:10.0.14393.1593 none 'none' ~ beos/z80 windows(10.0.17763.5329)/amd64
		windows(10.0+win32k)/amd64 windows(+win32k+x)/amd64/v2 windows(+win32k)/amd64:10 windows(10%2E0)/amd64 ${OS}/amd64 linux/a(b linux)/x 1/2 2020/01 x/y:z:w
		|linux None none/none/none/none '' linux/ /amd64 linux//v7 'linux/amd64▁' '▁none' "none\n" linux/amd64: 'linux/am▁d64' a/b/c/d windows(10.0/amd64 windows()/amd64
		(10)/amd64 windows(10)x/amd64 windows(10)/amd64:10 windows(10+)/amd64 windows(1(0))/amd64 windows(10%zz)/amd64 5 1.5 true 2020-01-02 [] [linux/amd64] windows(1:0)/amd64 windows(++)/amd64 "linux/amd64\t"`
)
