package integration

import (
	"maps"
	"net/http"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestKubernetes gives the objects in examples/kubernetes to a real control plane, and pushes some hundred specs with
// the Job. In the middle one pod is killed, one is evicted, and one registry refuses for a minute. The Job completes, and
// the registries hold what a single run of the program leaves, byte for byte.
func TestKubernetes(t *testing.T) {
	if os.Getenv("MANIFEST_TOOL_KUBERNETES") == "" {
		t.Skip("make test-kubernetes runs this test: it builds the control plane of Kubernetes, which takes minutes")
	}
	if os.Geteuid() != 0 {
		t.Fatal("this test gives each pod a file system and a user of its own, which needs root")
	}
	want := pushAtOnce(t)
	s := newKubeScene(t)
	t.Run("git", s.testGit)
	t.Run("job", func(t *testing.T) { s.testJob(t, want) })
	t.Run("wrong spec", s.testWrongSpec)
	t.Run("cronjob", func(t *testing.T) { s.testCronJob(t, want) })
}

// pushAtOnce is what the registries hold after a single run.
func pushAtOnce(t *testing.T) (holds map[string]string) {
	t.Helper()
	a, b := startDistribution(t), startDistribution(t)
	pushSources(t, a.Host)
	folder := t.TempDir()
	for name, text := range manySpecs(a.Host, b.Host) {
		writeFile(t, folder+"/"+name, text)
	}
	p := newProcess(t, "push", "from-spec", "--quiet", folder)
	p.launch(t)
	p.mustEnd(t, "exit status 0")
	holds = map[string]string{}
	maps.Copy(holds, contentOf(t, "a", a.Host))
	maps.Copy(holds, contentOf(t, "b", b.Host))
	return holds
}

const (
	holdAfter = 40          // manifests that are put before the pods are disturbed
	outage    = time.Minute // for which a registry refuses
	jobTime   = 15 * time.Minute
)

// testJob disturbs the Job of the example.
func (s *kubeScene) testJob(t *testing.T, want map[string]string) {
	job := s.create(t, "job.yaml", nil)
	s.holdRequests(t)
	killed, evicted := s.pod(t, "0"), s.pod(t, "1")
	killed.signal(syscall.SIGKILL)
	s.evict(t, evicted)
	for _, p := range []*podProcess{killed, evicted} {
		<-p.told
	}
	s.b.refuses.Store(true)
	s.hold.open()
	time.Sleep(outage)
	s.b.refuses.Store(false)
	done := s.awaitJob(t, job, jobTime)
	if !done.is("Complete") || done.Status.CompletedIndexes != "0-3" || done.Status.FailedIndexes != "" {
		t.Fatalf("%+v", done.Status)
	}
	s.checkExits(t, job, killed, evicted)
	s.checkShards(t, job)
	s.checkContent(t, want)
}

// testGit: the server takes the CronJob with a git repository. There is no repository, so it does not run.
func (s *kubeScene) testGit(t *testing.T) {
	cronJob := objectsIn(t, "../examples/kubernetes/cronjob-git.yaml")[0]
	cronJob["spec"].(map[string]any)["suspend"] = true
	s.createObject(t, cronJob)
}

// testWrongSpec: exit code 2 fails each index at once.
func (s *kubeScene) testWrongSpec(t *testing.T) {
	s.createObject(t, map[string]any{
		"apiVersion": "v1", "kind": "ConfigMap", "metadata": map[string]any{"name": "wrong-specs"},
		"data": map[string]string{"wrong.yaml": "image: registry.example/acme/app:1\nmanifest: []\n"},
	})
	job := s.create(t, "job.yaml", strings.NewReplacer("name: push-images", "name: wrong-spec", "name: image-specs", "name: wrong-specs").Replace)
	done := s.awaitJob(t, job, 3*time.Minute)
	pods := s.node.of(job)
	if !done.is("Failed") || done.Status.FailedIndexes != "0-3" || len(pods) != 4 {
		t.Errorf("%d pods, %+v", len(pods), done.Status)
	}
	for _, p := range pods {
		if p.code != 2 {
			t.Errorf("exit %d\n%s", p.code, &p.stderr)
		}
	}
}

// testCronJob: another client has moved a tag, and the next run of the CronJob corrects that and writes nothing else.
func (s *kubeScene) testCronJob(t *testing.T, want map[string]string) {
	const moved = "acme/app-000:1.0"
	repository, tag, _ := strings.Cut(moved, ":")
	pushImage(t, s.registryA.Host, repository, tag, "linux", "amd64")
	if cmp.Equal(s.content(t), want) {
		t.Fatal("the tag has not moved")
	}
	before := s.a.puts.Load() + s.b.puts.Load()
	s.create(t, "cronjob.yaml", strings.NewReplacer("*/10 * * * *", "* * * * *").Replace)
	var job string
	err := until(t.Context(), 3*time.Minute, func() (bool, error) {
		var list struct{ Items []kubeJob }
		err := s.api.do(t.Context(), http.MethodGet, batchPath+"/jobs", nil, &list)
		for _, j := range list.Items {
			if strings.HasPrefix(j.Metadata.Name, "converge-images-") {
				job = j.Metadata.Name
			}
		}
		return job != "", err
	})
	if err != nil {
		t.Fatal(err)
	}
	if done := s.awaitJob(t, job, jobTime); !done.is("Complete") {
		t.Fatalf("%+v", done.Status)
	}
	s.checkContent(t, want)
	if puts := s.a.puts.Load() + s.b.puts.Load() - before; puts != 1 {
		t.Errorf("%d manifests were put", puts)
	}
}

func writeFile(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
