// apiload sends requests of one kind to a Kubernetes API server over keep-alive connections and prints how many were
// answered in how many seconds, as JSON.
package main

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"sort"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// running is what a kubelet would write into the status of a pod whose one container runs.
func running(i int) string {
	now := time.Now().UTC().Format(time.RFC3339)
	conditions := []string{}
	for _, kind := range []string{"PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodScheduled"} {
		conditions = append(conditions, fmt.Sprintf(`{"type":"%s","status":"True","observedGeneration":1,"lastProbeTime":null,"lastTransitionTime":"%s"}`, kind, now))
	}
	host, pod := fmt.Sprintf("10.0.0.%d", i/240+1), fmt.Sprintf("10.244.%d.%d", i/240, i%240+2)
	resources := `{"cpu":"10m","memory":"16Mi"}`
	container := fmt.Sprintf(`{"name":"c","state":{"running":{"startedAt":"%s"}},"lastState":{},"ready":true,"restartCount":0,"image":"load:1","imageID":"example.com/load@sha256:%064d","containerID":"containerd://%064d","started":true,"allocatedResources":%s,"resources":{"requests":%s}}`, now, i, i, resources, resources)
	return fmt.Sprintf(`{"status":{"observedGeneration":1,"phase":"Running","qosClass":"Burstable","startTime":"%s","hostIP":"%s","hostIPs":[{"ip":"%s"}],"podIP":"%s","podIPs":[{"ip":"%s"}],"conditions":[%s],"containerStatuses":[%s]}}`,
		now, host, host, pod, pod, strings.Join(conditions, ","), container)
}

func main() {
	url := flag.String("url", "", "address of the server")
	ca := flag.String("ca", "", "file with its authority")
	token := flag.String("token", "", "bearer token")
	op := flag.String("op", "get", "create, get, list, pods or running")
	n := flag.Int("n", 1000, "requests")
	c := flag.Int("c", 8, "connections")
	prefix := flag.String("prefix", "load", "names of objects")
	node := flag.String("node", "", "pods are bound to nodes of this prefix, 240 to each")
	http2 := flag.Bool("http2", false, "speak HTTP/2")
	flag.Parse()

	pem, err := os.ReadFile(*ca)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(pem)
	transport := &http.Transport{
		TLSClientConfig:     &tls.Config{RootCAs: pool},
		MaxIdleConnsPerHost: *c,
		MaxConnsPerHost:     *c,
		ForceAttemptHTTP2:   *http2,
	}
	client := &http.Client{Transport: transport}
	base := *url + "/api/v1/namespaces/default/"
	filler := strings.Repeat("x", 500)

	var next, failed, size atomic.Int64
	times := make([]time.Duration, *n)
	one := func(i int) error {
		method, path, body := "GET", "", ""
		switch *op {
		case "create":
			method, path = "POST", "configmaps"
			body = fmt.Sprintf(`{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"%s-%d","labels":{"app":"load"}},"data":{"key":"%s"}}`, *prefix, i, filler)
		case "pods":
			method, path = "POST", "pods"
			bound := ""
			if *node != "" {
				bound = fmt.Sprintf(`"nodeName":"%s-%d",`, *node, i/240+1)
			}
			body = fmt.Sprintf(`{"apiVersion":"v1","kind":"Pod","metadata":{"name":"%s-%d","labels":{"app":"load"}},"spec":{%s"automountServiceAccountToken":false,"containers":[{"name":"c","image":"load:1","ports":[{"containerPort":80}],"resources":{"requests":{"cpu":"10m","memory":"16Mi"}}}]}}`, *prefix, i, bound)
		case "running":
			method, path = "PATCH", fmt.Sprintf("pods/%s-%d/status", *prefix, i)
			body = running(i)
		case "get":
			path = fmt.Sprintf("configmaps/%s-%d", *prefix, i%500)
		case "list":
			path = "configmaps?limit=500"
		}
		request, err := http.NewRequest(method, base+path, bytes.NewBufferString(body))
		if err != nil {
			return err
		}
		request.Header.Set("Authorization", "Bearer "+*token)
		request.Header.Set("Accept", "application/json")
		if method == "PATCH" {
			request.Header.Set("Content-Type", "application/merge-patch+json")
		} else if body != "" {
			request.Header.Set("Content-Type", "application/json")
		}
		response, err := client.Do(request)
		if err != nil {
			return err
		}
		defer response.Body.Close()
		read, err := io.Copy(io.Discard, response.Body)
		size.Add(read)
		if err != nil {
			return err
		}
		if response.StatusCode >= 300 {
			return fmt.Errorf("status %d", response.StatusCode)
		}
		return nil
	}
	var first sync.Once
	began := time.Now()
	var group sync.WaitGroup
	for range *c {
		group.Add(1)
		go func() {
			defer group.Done()
			for {
				i := int(next.Add(1)) - 1
				if i >= *n {
					return
				}
				from := time.Now()
				if err := one(i); err != nil {
					failed.Add(1)
					first.Do(func() { fmt.Fprintln(os.Stderr, err) })
				}
				times[i] = time.Since(from)
			}
		}()
	}
	group.Wait()
	seconds := time.Since(began).Seconds()
	sort.Slice(times, func(a, b int) bool { return times[a] < times[b] })
	at := func(share float64) float64 {
		return float64(times[int(share*float64(len(times)-1))].Microseconds()) / 1000
	}
	json.NewEncoder(os.Stdout).Encode(map[string]any{
		"requests": *n, "failed": failed.Load(), "seconds": seconds, "perSecond": float64(*n) / seconds,
		"p50ms": at(0.5), "p99ms": at(0.99), "bytes": size.Load(),
	})
}
