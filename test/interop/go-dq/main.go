// What test/interop lets Go's dq do: `go-dq produce` obeys commands, `go-dq consume` tells what it runs; one line of JSON each.
package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/zeromicro/go-queue/dq"
	"github.com/zeromicro/go-zero/core/logx"
	"github.com/zeromicro/go-zero/core/stores/redis"
)

type command struct {
	Op   string `json:"op"`
	Body string `json:"body"`
	// Milliseconds: of a delay, or since the epoch.
	Ms int64  `json:"ms"`
	ID string `json:"id"`
}

type answer struct {
	ID    string `json:"id"`
	Error string `json:"error"`
}

type run struct {
	Body string `json:"body"`
	AtMs int64  `json:"atMs"`
}

func main() {
	flags := flag.NewFlagSet("go-dq", flag.ExitOnError)
	nodes := flags.String("nodes", "", "host:port,...")
	tube := flags.String("tube", "", "the tube")
	host := flags.String("redis", "", "host:port, for consume")
	_ = flags.Parse(os.Args[2:])
	logx.Disable()

	var beanstalks []dq.Beanstalk
	for _, node := range strings.Split(*nodes, ",") {
		beanstalks = append(beanstalks, dq.Beanstalk{Endpoint: node, Tube: *tube})
	}
	if os.Args[1] == "produce" {
		produce(dq.NewProducer(beanstalks))
		return
	}
	consume(dq.NewConsumer(dq.DqConf{
		Beanstalks: beanstalks,
		Redis:      redis.RedisConf{Host: *host, Type: redis.NodeType},
	}))
}

func produce(producer dq.Producer) {
	out := json.NewEncoder(os.Stdout)
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		var c command
		if err := json.Unmarshal(lines.Bytes(), &c); err != nil {
			panic(err)
		}
		id, err := c.obey(producer)
		if err != nil {
			_ = out.Encode(answer{Error: err.Error()})
		} else {
			_ = out.Encode(answer{ID: id})
		}
	}
}

func (c command) obey(producer dq.Producer) (string, error) {
	switch c.Op {
	case "delay":
		return producer.Delay([]byte(c.Body), time.Duration(c.Ms)*time.Millisecond)
	case "at":
		return producer.At([]byte(c.Body), time.UnixMilli(c.Ms))
	case "revoke":
		return "", producer.Revoke(c.ID)
	default:
		panic("no such command: " + c.Op)
	}
}

func consume(consumer dq.Consumer) {
	// Ends with its parent: dq itself stops no sooner than five seconds after a signal.
	go func() {
		_, _ = bufio.NewReader(os.Stdin).ReadByte()
		os.Exit(0)
	}()
	var lock sync.Mutex
	out := json.NewEncoder(os.Stdout)
	consumer.Consume(func(body []byte) {
		at := time.Now().UnixMilli()
		lock.Lock()
		defer lock.Unlock()
		_ = out.Encode(run{Body: string(body), AtMs: at})
	})
}
