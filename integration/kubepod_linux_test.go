package integration

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"time"
)

// inPod is where the program is in the file system of a pod.
const inPod = "/usr/local/bin/manifest-tool"

// A podProcess is a pod as a process: it has a file system of its own with the program and the volumes, the user of
// the pod, and the environment of the container.
type podProcess struct {
	pod            kubePod
	cmd            *exec.Cmd
	stdout, stderr bytes.Buffer // complete when it has ended
	began          time.Time
	took           time.Duration
	peak           atomic.Int64  // bytes of memory
	code           int           // as a shell says it: 128 and the signal for a process that was killed
	exited, told   chan struct{} // closed when the process has ended, and when the API knows
}

// prepare makes the file system of a pod and its command.
func (n *kubeNode) prepare(ctx context.Context, pod kubePod) (*podProcess, error) {
	container := pod.Spec.Containers[0]
	if len(container.Command) != 1 || container.Command[0] != filepath.Base(inPod) {
		return nil, fmt.Errorf("pod %s: the node has no program %q", pod.Metadata.Name, container.Command)
	}
	root := n.t.TempDir()
	if err := errors.Join(os.Chmod(root, 0o755), copyProgram(n.program, root+inPod), n.mount(ctx, pod, root)); err != nil {
		return nil, err
	}
	p := &podProcess{pod: pod, exited: make(chan struct{}), told: make(chan struct{})}
	user := pod.Spec.SecurityContext
	p.cmd = &exec.Cmd{
		Path: inPod, Args: append([]string{inPod}, container.Args...), Env: environment(pod), Dir: "/",
		Stdout: &p.stdout, Stderr: &p.stderr,
		SysProcAttr: &syscall.SysProcAttr{
			Chroot:     root,
			Credential: &syscall.Credential{Uid: uint32(user.RunAsUser), Gid: uint32(user.RunAsGroup)},
			Pdeathsig:  syscall.SIGKILL,
		},
	}
	return p, nil
}

func copyProgram(from, to string) error {
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_WRONLY, 0o755)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}

// environment is what the container asks for, with the fields of the pod.
func environment(pod kubePod) (env []string) {
	for _, v := range pod.Spec.Containers[0].Env {
		if v.ValueFrom != nil {
			kind, key, _ := strings.Cut(strings.TrimSuffix(v.ValueFrom.FieldRef.FieldPath, "']"), "['")
			v.Value = map[string]map[string]string{
				"metadata.annotations": pod.Metadata.Annotations, "metadata.labels": pod.Metadata.Labels,
			}[kind][key]
		}
		env = append(env, v.Name+"="+v.Value)
	}
	return env
}

// mount writes the volumes of a pod, which only root may change, below root.
func (n *kubeNode) mount(ctx context.Context, pod kubePod, root string) error {
	files := map[string]map[string][]byte{}
	for _, volume := range pod.Spec.Volumes {
		var err error
		if files[volume.Name], err = n.volume(ctx, volume); err != nil {
			return err
		}
	}
	for _, mount := range pod.Spec.Containers[0].VolumeMounts {
		if err := project(filepath.Join(root, mount.MountPath), files[mount.Name]); err != nil {
			return err
		}
	}
	return nil
}

func (n *kubeNode) volume(ctx context.Context, volume kubeVolume) (map[string][]byte, error) {
	files := map[string][]byte{}
	var object struct{ Data map[string]string }
	switch {
	case volume.ConfigMap != nil:
		err := n.api.do(ctx, http.MethodGet, corePath+"/configmaps/"+volume.ConfigMap.Name, nil, &object)
		for name, text := range object.Data {
			files[name] = []byte(text)
		}
		return files, err
	case volume.Secret != nil:
		err := n.api.do(ctx, http.MethodGet, corePath+"/secrets/"+volume.Secret.SecretName, nil, &object)
		for _, item := range volume.Secret.Items {
			raw, decodeErr := base64.StdEncoding.DecodeString(object.Data[item.Key])
			files[item.Path], err = raw, errors.Join(err, decodeErr)
		}
		return files, err
	}
	return nil, fmt.Errorf("volume %s: the node has ConfigMaps and Secrets only", volume.Name)
}

// project writes files as a kubelet does, so that all change at once: they are links into a hidden folder.
func project(dir string, files map[string][]byte) error {
	const version = "..2026_11_27_00_00_00.1"
	if err := os.MkdirAll(filepath.Join(dir, version), 0o755); err != nil {
		return err
	}
	errs := []error{os.Symlink(version, filepath.Join(dir, "..data"))}
	for name, content := range files {
		errs = append(errs, os.WriteFile(filepath.Join(dir, version, name), content, 0o644),
			os.Symlink(filepath.Join("..data", name), filepath.Join(dir, name)))
	}
	return errors.Join(errs...)
}

func (p *podProcess) start() error {
	p.began = time.Now()
	return p.cmd.Start()
}

func (p *podProcess) wait() {
	p.cmd.Wait()
	p.took = time.Since(p.began)
	status := p.cmd.ProcessState.Sys().(syscall.WaitStatus)
	p.code = status.ExitStatus()
	if status.Signaled() {
		p.code = 128 + int(status.Signal())
	}
	close(p.exited)
}

func (p *podProcess) signal(s os.Signal) {
	if p.cmd.Process != nil {
		p.cmd.Process.Signal(s)
	}
}

func (p *podProcess) ended() bool    { return isClosed(p.exited) }
func (p *podProcess) reported() bool { return isClosed(p.told) }

func isClosed(c chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// index is the shard of a pod, counted from 0.
func (p *podProcess) index() string {
	return p.pod.Metadata.Annotations["batch.kubernetes.io/job-completion-index"]
}

// sample takes note of the most memory that the process has had. What the kernel counts for a process that has ended
// begins with the memory of its parent.
func (p *podProcess) sample() {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		return // it has ended
	}
	_, line, _ := strings.Cut(string(status), "VmHWM:")
	var kib int64
	if _, err := fmt.Sscan(line, &kib); err == nil {
		p.peak.Store(max(p.peak.Load(), kib<<10))
	}
}

func (p *podProcess) cpu() time.Duration {
	return p.cmd.ProcessState.UserTime() + p.cmd.ProcessState.SystemTime()
}
