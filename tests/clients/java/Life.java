// The life of a stream through the AWS SDK for Java v2: its synchronous client (HTTP/1.1) and its
// asynchronous one (HTTP/2, which SubscribeToShard needs), both in CBOR. Says what it did, a line a
// step; ends with an exception at the first thing that is not so.

import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.kinesis.KinesisAsyncClient;
import software.amazon.awssdk.services.kinesis.KinesisClient;
import software.amazon.awssdk.services.kinesis.model.*;

public class Life {
    static final String STREAM = "s";
    static final String SHARD = "shardId-00000000000";
    static final String HALF = "170141183460469231731687303715884105728";
    static final URI ENDPOINT = URI.create(System.getenv("AWS_ENDPOINT_URL"));

    static KinesisClient kinesis;

    static void check(Object got, Object want) {
        if (!Objects.equals(got, want)) {
            throw new AssertionError("got " + got + ", want " + want);
        }
    }

    static StreamDescriptionSummary active() {
        for (;;) {
            var it = kinesis.describeStreamSummary(r -> r.streamName(STREAM)).streamDescriptionSummary();
            if (it.streamStatus() == StreamStatus.ACTIVE) {
                return it;
            }
        }
    }

    static String put(String text) {
        return kinesis.putRecord(r -> r.streamName(STREAM).partitionKey("k").explicitHashKey("0")
                        .data(SdkBytes.fromUtf8String(text))).sequenceNumber();
    }

    static List<String> texts(List<software.amazon.awssdk.services.kinesis.model.Record> records) {
        return records.stream().map(record -> record.data().asUtf8String()).toList();
    }

    static GetRecordsResponse read(GetShardIteratorRequest.Builder from, String shard) {
        var request = from.streamName(STREAM).shardId(SHARD + shard).build();
        String iterator = kinesis.getShardIterator(request).shardIterator();
        return kinesis.getRecords(r -> r.shardIterator(iterator));
    }

    static GetShardIteratorRequest.Builder at(ShardIteratorType type) {
        return GetShardIteratorRequest.builder().shardIteratorType(type);
    }

    static void iterators() {
        String first = put("1");
        put("2");
        var all = read(at(ShardIteratorType.TRIM_HORIZON), "0").records();
        check(texts(all), List.of("1", "2"));
        check(texts(read(at(ShardIteratorType.LATEST), "0").records()), List.of());
        var from = at(ShardIteratorType.AT_SEQUENCE_NUMBER).startingSequenceNumber(first);
        check(texts(read(from, "0").records()), List.of("1", "2"));
        from = at(ShardIteratorType.AFTER_SEQUENCE_NUMBER).startingSequenceNumber(first);
        check(texts(read(from, "0").records()), List.of("2"));
        from = at(ShardIteratorType.AT_TIMESTAMP).timestamp(all.get(0).approximateArrivalTimestamp());
        check(texts(read(from, "0").records()), List.of("1", "2"));
    }

    static void reshard() {
        kinesis.splitShard(r -> r.streamName(STREAM).shardToSplit(SHARD + "0").newStartingHashKey(HALF));
        active();
        put("3");
        kinesis.mergeShards(r -> r.streamName(STREAM).shardToMerge(SHARD + "1")
                                     .adjacentShardToMerge(SHARD + "2"));
        active();
        put("4");
        List<String> read = new ArrayList<>();
        for (String shard : List.of("0", "1", "3")) {
            read.addAll(texts(read(at(ShardIteratorType.TRIM_HORIZON), shard).records()));
        }
        check(read, List.of("1", "2", "3", "4"));
    }

    // The closed shard: all of its records, and then its children end the subscription.
    static void subscribe(String arn) throws Exception {
        String consumer = kinesis.registerStreamConsumer(r -> r.streamARN(arn).consumerName("c"))
                                  .consumer().consumerARN();
        while (kinesis.describeStreamConsumer(r -> r.consumerARN(consumer)).consumerDescription()
                       .consumerStatus() != ConsumerStatus.ACTIVE) {
        }
        List<String> read = new ArrayList<>();
        List<String> children = new ArrayList<>();
        var visitor = SubscribeToShardResponseHandler.Visitor.builder()
                              .onSubscribeToShardEvent(event -> {
                                  read.addAll(texts(event.records()));
                                  event.childShards().forEach(child -> children.add(child.shardId()));
                              }).build();
        var handler = SubscribeToShardResponseHandler.builder().subscriber(visitor).build();
        try (var client = KinesisAsyncClient.builder().endpointOverride(ENDPOINT).build()) {
            client.subscribeToShard(r -> r.consumerARN(consumer).shardId(SHARD + "0")
                                             .startingPosition(p -> p.type("TRIM_HORIZON")), handler)
                    .get(60, TimeUnit.SECONDS);
        }
        check(read, List.of("1", "2"));
        check(children, List.of(SHARD + "1", SHARD + "2"));
        kinesis.deregisterStreamConsumer(r -> r.consumerARN(consumer));
    }

    public static void main(String[] words) throws Exception {
        kinesis = KinesisClient.builder().endpointOverride(ENDPOINT).build();
        kinesis.createStream(r -> r.streamName(STREAM).shardCount(1));
        String arn = active().streamARN();
        check(kinesis.listStreams().streamNames(), List.of(STREAM));
        System.out.println("created");
        iterators();
        System.out.println("read by every iterator");
        reshard();
        System.out.println("read across a split and a merge");
        subscribe(arn);
        System.out.println("subscribed");
        kinesis.deleteStream(r -> r.streamName(STREAM).enforceConsumerDeletion(true));
        while (!kinesis.listStreams().streamNames().isEmpty()) {
        }
        try {
            kinesis.describeStream(r -> r.streamName(STREAM));
            throw new AssertionError("the stream is still there");
        } catch (ResourceNotFoundException gone) {
            System.out.println("deleted");
        }
        kinesis.close();
    }
}
