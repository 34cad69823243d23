//! What a device says of memory, models and slots after some changes.

use super::*;

/// A device of 100 bytes, some of which are used.
fn measured(used: u64) -> DeviceSnapshot {
    DeviceSnapshot {
        id: DeviceId::local("cuda:0"),
        kind: DeviceKind::Gpu,
        memory_total: Bytes(100),
        memory_used: Bytes(used),
        utilisation: None,
        temperature_celsius: None,
        power_watts: None,
    }
}

/// Others use 30 bytes at first, and the model 40.
#[test]
fn while_a_model_is_on_its_way_a_measurement_tells_of_no_more_that_others_use() {
    let (settings, model) = (Settings::default(), "m".parse().unwrap());
    let mut device = Device::new(&measured(30), &settings, Timestamp::ZERO);
    let check = |device: &mut Device, used, others| {
        device.observe(&measured(used), &settings);
        assert_eq!(device.account().others(), Bytes(others), "{used} used");
    };
    assert!(device.begin_load(&model, Bytes(40), Duration::ZERO, Timestamp::ZERO));
    check(&mut device, 55, 30);
    check(&mut device, 20, 20);
    assert!(device.loaded(&model, Timestamp::ZERO));
    check(&mut device, 75, 35);
    assert!(device.begin_unload(&model));
    check(&mut device, 50, 10);
    check(&mut device, 95, 10);
    assert!(device.unloaded(&model));
    check(&mut device, 30, 30);
}

#[test]
fn a_device_remembers_the_models_that_were_there_last() {
    let model = |number: usize| -> ModelId { format!("m{number}").parse().unwrap() };
    let mut device = Device::remote(DeviceId::local("cuda:0"), &Settings::default(), Timestamp::ZERO);
    // The first comes once more before the last, so that the second is the one that is forgotten.
    for number in (0..16).chain([0, 16]) {
        assert!(device.begin_load(&model(number), Bytes::ZERO, Duration::ZERO, Timestamp::ZERO));
        assert!(device.load_failed(&model(number)));
    }
    let forgotten: Vec<_> = (0..18).filter(|&number| !device.remembers(&model(number))).collect();
    assert_eq!(forgotten, [1, 17]);
}

/// The model takes 40 bytes, and there is one slot.
#[test]
fn a_seat_is_given_as_a_whole_or_not_at_all() {
    let (settings, model) = (Settings::default(), "m".parse().unwrap());
    let mut device = Device::new(&measured(0), &settings, Timestamp::ZERO);
    let refused = |device: &mut Device, model: Option<&ModelId>, memory| {
        let before = format!("{device:?}");
        assert!(device.sit(model, Bytes(memory), &settings, Timestamp::ZERO).is_none(), "{model:?} and {memory} bytes");
        assert_eq!(format!("{device:?}"), before);
    };
    assert!(device.begin_load(&model, Bytes(40), Duration::ZERO, Timestamp::ZERO));
    refused(&mut device, Some(&model), 60);
    assert!(device.loaded(&model, Timestamp::ZERO));
    refused(&mut device, Some(&model), 61);
    let seat = device.sit(Some(&model), Bytes(60), &settings, Timestamp::ZERO).unwrap();
    assert_eq!((device.account().free(), device.busy()), (Bytes::ZERO, 1));
    refused(&mut device, None, 0);
    assert!(!device.begin_unload(&model));
    device.leave(seat, &settings, Timestamp::ZERO);
    assert_eq!((device.account().free(), device.busy()), (Bytes(60), 0));
    assert!(device.begin_unload(&model));
}
